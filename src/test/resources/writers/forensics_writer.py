"""Writes a database transaction by transaction and says what each did.

forensics_writer.py DB TRANSACTIONS BAD MEGABYTES: prints "ready", waits for a line, then one JSON object a
transaction: the rows of each table after it. At transaction BAD all users are deleted.
"""
import json
import os
import random
import sqlite3
import sys

path, transactions, bad, megabytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
rng = random.Random(int(sys.argv[5]))
db = sqlite3.connect(path, isolation_level=None, timeout=60)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=OFF")
db.execute("CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)")
db.execute("CREATE TABLE orders(id INTEGER PRIMARY KEY, item)")
db.execute("CREATE INDEX orders_item ON orders(item)")
db.execute("CREATE TABLE ballast(id INTEGER PRIMARY KEY, v)")
db.execute("INSERT INTO users(name) VALUES('ann'), ('bob'), ('eve')")
db.execute("BEGIN")
for i in range(megabytes * 128):
    db.execute("INSERT INTO ballast(v) VALUES(?)", (rng.randbytes(7900),))
db.execute("COMMIT")
print("ready", flush=True)
sys.stdin.readline()
counts = {"users": 3, "orders": 0, "ballast": megabytes * 128}
for n in range(1, transactions + 1):
    db.execute("BEGIN")
    if n == bad:
        db.execute("DELETE FROM users")
        counts["users"] = 0
    elif rng.random() < 0.3 and n < bad:
        db.execute("INSERT INTO users(name) VALUES(?)", ("u%d" % n,))
        counts["users"] += 1
    k = rng.randrange(1, 4)
    for _ in range(k):
        db.execute("INSERT INTO orders(item) VALUES(?)", (rng.randbytes(30).hex(),))
    counts["orders"] += k
    if megabytes and rng.random() < 0.2:
        db.execute("UPDATE ballast SET v=? WHERE id=?", (rng.randbytes(7900), rng.randrange(1, megabytes * 128)))
    if rng.random() < 0.1:
        counts["orders"] -= db.execute("DELETE FROM orders WHERE id % 10 = ?", (rng.randrange(10),)).rowcount
    db.execute("COMMIT")
    print(json.dumps(counts), flush=True)
sys.stdin.readline()
