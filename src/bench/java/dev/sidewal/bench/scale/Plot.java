package dev.sidewal.bench.scale;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** Draws panels beside each other, three in a row, without a display. */
final class Plot {

  private static final int COLUMNS = 3;
  private static final int WIDTH = 620;
  private static final int HEIGHT = 430;
  private static final Color[] COLORS = {
    new Color(0x1f5fa8), new Color(0xd1600f), new Color(0x2e8540), new Color(0x7a4fa3)
  };

  private Plot() {}

  /**
   * Draws and writes a PNG.
   *
   * @throws IOException if this Java cannot draw text: it has no fonts, or no library for them
   */
  static void write(List<Panel> panels, Path file) throws IOException {
    List<Panel> drawn =
        panels.stream()
            .filter(panel -> panel.series().stream().anyMatch(s -> !s.drawn().isEmpty()))
            .toList();
    if (drawn.isEmpty()) {
      throw new IOException("there is nothing to draw");
    }
    try {
      BufferedImage image = draw(drawn);
      Path parent = file.toAbsolutePath().getParent();
      Files.createDirectories(parent);
      if (!ImageIO.write(image, "png", file.toFile())) {
        throw new IOException("this Java cannot write PNG");
      }
    } catch (LinkageError | InternalError | RuntimeException e) {
      throw new IOException(
          "this Java cannot draw text (it needs libfreetype, fontconfig and a font): " + e, e);
    }
  }

  private static BufferedImage draw(List<Panel> panels) {
    int columns = Math.min(COLUMNS, panels.size());
    int rows = (panels.size() + columns - 1) / columns;
    BufferedImage image =
        new BufferedImage(columns * WIDTH, rows * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
    for (int i = 0; i < panels.size(); i++) {
      BufferedImage one = BitmapEncoder.getBufferedImage(chart(panels.get(i)));
      graphics.drawImage(one, i % columns * WIDTH, i / columns * HEIGHT, null);
    }
    graphics.dispose();
    return image;
  }

  private static XYChart chart(Panel panel) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(panel.title())
            .xAxisTitle(panel.x())
            .yAxisTitle(panel.y())
            .build();
    var styler = chart.getStyler();
    styler.setXAxisDecimalPattern("#,##0.###").setYAxisDecimalPattern("#,##0.###");
    styler.setXAxisLogarithmic(true).setYAxisLogarithmic(true);
    styler.setLegendPosition(Styler.LegendPosition.InsideNW).setLegendBorderColor(Color.LIGHT_GRAY);
    styler.setPlotGridLinesColor(new Color(0xdddddd));
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setMarkerSize(7).setSeriesColors(COLORS);
    decades(panel, chart);
    for (Series series : panel.series()) {
      List<Series.Point> points = series.drawn();
      if (!points.isEmpty()) {
        chart.addSeries(
            series.name(),
            points.stream().map(Series.Point::x).toList(),
            points.stream().map(Series.Point::y).toList());
      }
    }
    return chart;
  }

  /** Axes from one power of ten to another, with room for the legend at the top. */
  private static void decades(Panel panel, XYChart chart) {
    var x = panel.series().stream().flatMap(s -> s.drawn().stream()).mapToDouble(Series.Point::x);
    var y = panel.series().stream().flatMap(s -> s.drawn().stream()).mapToDouble(Series.Point::y);
    var xs = x.summaryStatistics();
    var ys = y.summaryStatistics();
    chart.getStyler().setXAxisMin(below(xs.getMin())).setXAxisMax(above(xs.getMax()));
    chart.getStyler().setYAxisMin(below(ys.getMin())).setYAxisMax(above(ys.getMax() * 5));
  }

  private static double below(double value) {
    return Math.pow(10, Math.floor(Math.log10(value) + 1e-9));
  }

  private static double above(double value) {
    return Math.pow(10, Math.ceil(Math.log10(value * 1.01)));
  }
}
