"""Commits a transaction in which SQLite 3.40 leaves frames without salts and checksums in the log.

usage: savepoint.py DB; each line on standard input lets it go on
"""
import sqlite3
import sys

c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA page_size=512")
c.execute("PRAGMA journal_mode=WAL")
c.execute("PRAGMA wal_autocheckpoint=0")
c.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)")
c.execute("BEGIN")
for i in range(2000):
    c.execute("INSERT INTO t VALUES(?, zeroblob(200))", (i,))
c.execute("COMMIT")
c.execute("PRAGMA cache_size=5")


def step():
    print("ready", flush=True)
    sys.stdin.readline()


def touch(first, end):
    for i in range(first, end):
        c.execute("UPDATE t SET v=randomblob(200) WHERE id=?", (i,))


step()
c.execute("BEGIN IMMEDIATE")
touch(0, 100)
c.execute("SAVEPOINT s")
touch(500, 800)
touch(500, 800)
c.execute("ROLLBACK TO s")
touch(1000, 1040)
c.execute("RELEASE s")
c.execute("COMMIT")
c.execute("INSERT INTO t VALUES(99999, 'later')")
c.execute("DELETE FROM t WHERE id=99999")
# Here even the frame that ends the transaction stays without them.
c.execute("BEGIN IMMEDIATE")
c.execute("SAVEPOINT s")
for i in range(3000, 3300):
    c.execute("INSERT INTO t VALUES(?, zeroblob(200))", (i,))
touch(3100, 3300)
c.execute("ROLLBACK TO s")
touch(1200, 1201)
c.execute("RELEASE s")
c.execute("COMMIT")
c.execute("INSERT INTO t VALUES(100000, 'later')")
step()
