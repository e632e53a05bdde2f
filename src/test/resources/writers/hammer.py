"""A writer process for the tests: commits, rolls back, spills, vacuums, checkpoints, reconnects.

Every transaction raises meta.seq by one and appends to the log, before its COMMIT,
    P <seq> <rows> <sum of h> <sum of id*h mod 2^61-1> <time>
and after it
    C <seq> <time>
so that whoever restores a moment can look up, by meta.seq, what the database held then. A line P
without its C may or may not have been committed: the writer may have been killed between the two,
and the next one then uses the same seq. Times are milliseconds since 1970. VACUUM and rolled back
work leave seq as it is; VACUUM raises the schema version by one, and logs "v" before and "V" after.

usage: hammer.py DB LOG SEED SECONDS WRITER BIG_MB [small]

With "small" the database stays small, but for a table f with 3000 bytes a row, if there is one, of
which rows are overwritten; the writer often pauses, and it does what it reads from
standard input, one byte each: "r" rests after the transaction at hand, with its connection open,
"c" closes the connection and rests; both are answered with the same byte. "g" goes on. At the end
of standard input it ends.
"""
import os
import random
import select
import sqlite3
import sys
import time
import zlib

db, log_path, seed, seconds, writer, big_mb = (
    sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]),
    float(sys.argv[6]))
small = len(sys.argv) > 7
rnd = random.Random(seed * 1000 + writer)
log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
MOD = (1 << 61) - 1


def millis():
    return time.time_ns() // 1_000_000


def connect():
    c = sqlite3.connect(db, timeout=30, isolation_level=None)
    c.execute("PRAGMA synchronous=%s" % rnd.choice(["NORMAL", "NORMAL", "FULL", "OFF"]))
    if rnd.random() < 0.3:
        c.execute("PRAGMA cache_size=%d" % rnd.choice([5, 10, 50]))
    if rnd.random() < 0.3:
        c.execute("PRAGMA wal_autocheckpoint=%d" % rnd.choice([0, 1, 100, 5000]))
    c.create_function("mulmod", 2, lambda a, b: a * b % MOD)
    return c


def blob(n):
    kind = rnd.random()
    if kind < 0.5:
        return rnd.randbytes(n)
    return (b"%d:" % rnd.getrandbits(64) * (n // 8 + 1))[:n]


def put(c, n):
    b = blob(n)
    c.execute("INSERT INTO t(h, v) VALUES(?, ?)", (zlib.crc32(b), b))


def change(c, count):
    for _ in range(count):
        kind = rnd.random()
        if kind < 0.5:
            put(c, rnd.choice([10, 100, 400, 3000] if small else [10, 100, 1000, 20000]))
        elif kind < 0.8:
            b = blob(rnd.choice([10, 100, 3000]))
            c.execute(
                "UPDATE t SET h=?, v=? WHERE id=(SELECT id FROM t WHERE id>=? LIMIT 1)",
                (zlib.crc32(b), b, rnd.randrange(1, 5000)))
        else:
            c.execute(
                "DELETE FROM t WHERE id=(SELECT id FROM t WHERE id>=? LIMIT 1)",
                (rnd.randrange(1, 5000),))
    if filled and rnd.random() < 0.5:
        first = rnd.randrange(1, filled)
        c.execute(
            "UPDATE f SET v=? WHERE id BETWEEN ? AND ?",
            (blob(3000)[:3000].ljust(3000), first, first + rnd.randrange(4)))
    rows = c.execute("SELECT count(*) FROM t").fetchone()[0]
    if rows > (200 if small else 1500):
        c.execute(
            "DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY random() LIMIT ?)",
            (90 if small else 700,))


def commit(c):
    seq = c.execute("SELECT seq FROM meta").fetchone()[0] + 1
    c.execute("UPDATE meta SET seq=?", (seq,))
    rows, s, m = c.execute(
        "SELECT count(*), coalesce(sum(h),0), coalesce(sum(mulmod(id,h)),0) FROM t").fetchone()
    os.write(log, b"P %d %d %d %d %d\n" % (seq, rows, s, m % MOD, millis()))
    c.execute("COMMIT")
    os.write(log, b"C %d %d\n" % (seq, millis()))


def obey(c):
    """Does what standard input says; returns the connection to go on with."""
    while select.select([0], [], [], 0)[0]:
        word = os.read(0, 1)
        while word in (b"r", b"c"):
            if word == b"c" and c is not None:
                c.close()
                c = None
            os.write(1, word)
            word = os.read(0, 1)
        if word == b"":
            if c is not None:
                c.close()
            sys.exit(0)
        if c is None:
            c = connect()
    return c


def breathe():
    """Mostly a short pause; sometimes none for a while, sometimes a long one."""
    global hurry
    now = time.monotonic()
    if now < hurry:
        return
    kind = rnd.random()
    if kind < 0.01:
        hurry = now + rnd.random() * 0.3
    elif kind < 0.02:
        time.sleep(rnd.random() * 0.4)
    else:
        time.sleep(rnd.random() * 0.04)


end = time.monotonic() + seconds
hurry = 0.0
c = connect()
filled = 0
if c.execute("SELECT count(*) FROM sqlite_master WHERE name='f'").fetchone()[0]:
    filled = c.execute("SELECT max(id) FROM f").fetchone()[0]
next_big = time.monotonic() + rnd.random() * seconds / 2
while time.monotonic() < end:
    if small:
        c = obey(c)
        breathe()
    op = rnd.random()
    try:
        if big_mb > 0 and time.monotonic() > next_big:
            next_big = time.monotonic() + seconds / 2
            c.execute("BEGIN IMMEDIATE")
            for _ in range(int(big_mb * 4)):
                put(c, 250_000)
            commit(c)
            c.execute("BEGIN IMMEDIATE")
            c.execute("DELETE FROM t WHERE length(v) > 200000")
            commit(c)
        elif op < 0.80:
            c.execute("BEGIN IMMEDIATE")
            change(c, rnd.randrange(1, 10))
            commit(c)
        elif op < 0.86:
            c.execute("BEGIN IMMEDIATE")
            change(c, rnd.randrange(1, 100))
            c.execute("ROLLBACK")
        elif op < 0.90:
            c.execute("PRAGMA cache_size=5")
            c.execute("BEGIN IMMEDIATE")
            change(c, 30)
            c.execute("SAVEPOINT s")
            change(c, 30)
            if rnd.random() < 0.5:
                c.execute("ROLLBACK TO s")
            c.execute("RELEASE s")
            if rnd.random() < 0.7:
                commit(c)
            else:
                c.execute("ROLLBACK")
            c.execute("PRAGMA cache_size=-2000")
        elif op < 0.905:
            os.write(log, b"v\n")
            c.execute("VACUUM")
            os.write(log, b"V\n")
        elif op < 0.92:
            c.execute("PRAGMA incremental_vacuum(%d)" % rnd.randrange(1, 50)).fetchall()
        elif op < 0.96:
            mode = rnd.choice(["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
            c.execute("PRAGMA busy_timeout=%d" % rnd.choice([1, 20, 100]))
            c.execute("PRAGMA wal_checkpoint(%s)" % mode).fetchall()
            c.execute("PRAGMA busy_timeout=30000")
        elif op < 0.98:
            c.close()
            c = connect()
        else:
            c.execute("BEGIN")
            c.execute("SELECT count(*) FROM t").fetchone()
            time.sleep(rnd.random() * 0.02)
            c.execute("ROLLBACK")
    except sqlite3.OperationalError as e:
        if "locked" not in str(e) and "busy" not in str(e):
            raise
        if c.in_transaction:
            c.execute("ROLLBACK")
c.close()
