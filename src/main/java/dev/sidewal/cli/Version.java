package dev.sidewal.cli;

import picocli.CommandLine.IVersionProvider;

/** The program's version, as its jar's manifest has it. */
final class Version implements IVersionProvider {

  Version() {}

  @Override
  public String[] getVersion() {
    return new String[] {"sidewal " + dev.sidewal.agent.Version.number()};
  }
}
