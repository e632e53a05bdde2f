"""The application of the example: commits a row a second, and knows nothing of Sidewal."""

import os
import signal
import sqlite3
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
db = sqlite3.connect(os.environ.get("DB", "/data/app.db"), timeout=5)
db.execute("PRAGMA journal_mode=WAL")
db.execute("CREATE TABLE IF NOT EXISTS ticks(id INTEGER PRIMARY KEY, at TEXT)")
while True:
    with db:
        db.execute("INSERT INTO ticks(at) VALUES(datetime('now'))")
    print(db.execute("SELECT count(*) FROM ticks").fetchone()[0], "ticks", flush=True)
    time.sleep(1)
