package dev.sidewal.bench.scale;

import java.util.List;

/** One plot of several beside each other. */
record Panel(String title, String x, String y, List<Series> series) {}
