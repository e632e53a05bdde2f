import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;

/** The application of the quick start: commits a number of small transactions. */
public class QuickstartWriter {
  public static void main(String[] args) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + args[0]);
        Statement sql = connection.createStatement()) {
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("CREATE TABLE orders(id INTEGER PRIMARY KEY, item TEXT, at TEXT)");
      int transactions = Integer.parseInt(args[1]);
      for (int i = 1; i <= transactions; i++) {
        sql.execute("INSERT INTO orders(item, at) VALUES('item " + i + "', datetime('now'))");
        Thread.sleep(10);
      }
    }
  }
}
