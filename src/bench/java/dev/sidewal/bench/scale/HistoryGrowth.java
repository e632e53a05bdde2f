package dev.sidewal.bench.scale;

import dev.sidewal.bench.process.ShortRun;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;

/**
 * A restore of a small database with a long history, in objects of one transaction and in packs.
 */
final class HistoryGrowth {

  private static final int PACK = 1000;
  private static final String X = "transactions since the snapshot";

  private final Series segmentsCpu = new Series("one segment each, CPU");
  private final Series segmentsWall = new Series("one segment each, wall clock");
  private final Series packsCpu = new Series("packs of 1,000, CPU");
  private final Series packsWall = new Series("packs of 1,000, wall clock");
  private final Series segmentsList = new Series("one segment each");
  private final Series packsList = new Series("packs of 1,000");

  void measure(Site site, int transactions, boolean packs)
      throws IOException, SQLException, InterruptedException {
    new LongHistory(site.path("base.db"), site.replica().directory())
        .write(transactions, packs ? PACK : 1);
    ShortRun restore = site.restore();
    (packs ? packsCpu : segmentsCpu).add(transactions, Site.seconds(restore.cpu()));
    (packs ? packsWall : segmentsWall).add(transactions, Site.seconds(restore.wall()));
    (packs ? packsList : segmentsList).add(transactions, Site.listPages(site.objects()));
  }

  List<Panel> panels() {
    return List.of(
        new Panel(
            "Restore by length of history",
            X,
            "seconds",
            List.of(segmentsWall, segmentsCpu, packsWall, packsCpu)),
        new Panel("Requests to list a history", X, "requests", List.of(segmentsList, packsList)));
  }
}
