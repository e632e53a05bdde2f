"""A writer process for the tests: transactions that keep a sum and a chain of hashes.

Each transaction moves amounts between accounts, whose sum stays, and adds a link to a chain, whose
hash covers all links before. Between them, transactions that spill the cache are rolled back, and
the log is checkpointed. After each commit the number of the last link is written to the status
file, in 16 bytes. Ends when standard input does.

usage: ledger.py DB STATUS SEED
"""
import hashlib
import os
import random
import sqlite3
import sys
import threading

db, status_path, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
stop = threading.Event()


def wait_for_end():
    while os.read(0, 100):
        pass
    stop.set()


threading.Thread(target=wait_for_end, daemon=True).start()
chooser = random.Random(seed)
status = os.open(status_path, os.O_WRONLY | os.O_CREAT, 0o644)
connection = sqlite3.connect(db, timeout=60, isolation_level=None)
connection.execute("PRAGMA cache_size=5")
connection.execute("PRAGMA synchronous=OFF")
accounts = connection.execute("SELECT count(*) FROM account").fetchone()[0]
link, last = 0, ""
while not stop.is_set():
    connection.execute("BEGIN IMMEDIATE")
    rolled_back = chooser.random() < 0.1
    for _ in range(200 if rolled_back else 5):
        amount = chooser.randrange(100)
        for sign in (1, -1):
            connection.execute(
                "UPDATE account SET v = v + ?, pad = ? WHERE id = ?",
                (sign * amount, os.urandom(chooser.randrange(400)), chooser.randrange(accounts) + 1))
    if rolled_back:
        connection.execute("ROLLBACK")
        continue
    link += 1
    last = hashlib.sha256((last + str(link)).encode()).hexdigest()
    connection.execute("INSERT INTO chain VALUES(?, ?)", (link, last))
    connection.execute("COMMIT")
    os.pwrite(status, b"%-16d" % link, 0)
    if chooser.random() < 0.05:
        mode = chooser.choice(["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
        connection.execute("PRAGMA wal_checkpoint(%s)" % mode).fetchall()
connection.close()
