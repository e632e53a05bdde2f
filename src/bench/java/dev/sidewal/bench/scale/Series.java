package dev.sidewal.bench.scale;

import java.util.ArrayList;
import java.util.List;

/**
 * Points of one line of a plot; what cannot stand on a logarithmic axis is left out of the plot.
 */
record Series(String name, List<Point> points) {

  /** One measurement. */
  record Point(double x, double y) {}

  Series(String name) {
    this(name, new ArrayList<>());
  }

  void add(double x, double y) {
    points.add(new Point(x, y));
  }

  List<Point> drawn() {
    return points.stream().filter(p -> p.x() > 0 && p.y() > 0).toList();
  }
}
