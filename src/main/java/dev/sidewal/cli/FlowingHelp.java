package dev.sidewal.cli;

import picocli.CommandLine.Help;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Help.IOptionRenderer;
import picocli.CommandLine.Help.IParameterRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Help in which the description of an option is one text that flows over as many lines as it takes.
 * In the sources it stands in several strings, whose ends mean nothing.
 */
final class FlowingHelp extends Help {

  FlowingHelp(CommandSpec command, ColorScheme colors) {
    super(command, colors);
  }

  @Override
  public IOptionRenderer createDefaultOptionRenderer() {
    IOptionRenderer renderer = super.createDefaultOptionRenderer();
    return (option, label, colors) ->
        renderer.render(
            OptionSpec.builder(option).description(joined(option.description())).build(),
            label,
            colors);
  }

  @Override
  public IParameterRenderer createDefaultParameterRenderer() {
    IParameterRenderer renderer = super.createDefaultParameterRenderer();
    return (parameter, label, colors) ->
        renderer.render(
            PositionalParamSpec.builder(parameter)
                .description(joined(parameter.description()))
                .build(),
            label,
            colors);
  }

  /** Percent signs were doubled for the formatter, which the text goes through once more. */
  private static String joined(String... lines) {
    return String.join(" ", lines).replace("%", "%%");
  }
}
