package dev.sidewal.agent;

import java.io.IOException;
import java.io.OutputStream;

/** What {@code GET /metrics} answers. Safe for use by several threads. */
public interface MetricsPage {

  /** Returns the media type of the page. */
  String contentType();

  /** Writes the page as of now. */
  void write(OutputStream out) throws IOException;
}
