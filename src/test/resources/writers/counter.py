"""A writer process for the tests: transaction after transaction, each of which counts one up.

Every transaction adds a row with the next id and raises meta.seq to it, so that whoever restores a
state can tell which transaction it is of. Ends when standard input does. After each attempt it
writes to the status file, in 64 bytes:
    <meta.seq after the last commit> <slowest commit in microseconds> <failed attempts>
A failed attempt ends the process, unless it was told to go on; then the attempt is made again.

usage: counter.py DB STATUS PER_SECOND BYTES TIMEOUT_SECONDS [go-on]
"""
import os
import sqlite3
import sys
import threading
import time
import zlib

db, status_path, rate, size, timeout = (
    sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
go_on = len(sys.argv) > 6
status = os.open(status_path, os.O_WRONLY | os.O_CREAT, 0o644)
stop = threading.Event()


def wait_for_end():
    while os.read(0, 100):
        pass
    stop.set()


threading.Thread(target=wait_for_end, daemon=True).start()
connection = sqlite3.connect(db, timeout=timeout, isolation_level=None)
seq = connection.execute("SELECT seq FROM meta").fetchone()[0]
slowest = 0
failures = 0
while not stop.is_set():
    begin = time.monotonic()
    try:
        blob = os.urandom(size)
        connection.execute("BEGIN IMMEDIATE")
        now = connection.execute("SELECT seq FROM meta").fetchone()[0] + 1
        connection.execute("INSERT INTO t VALUES(?, ?, ?)", (now, zlib.crc32(blob), blob))
        connection.execute("UPDATE meta SET seq=?", (now,))
        connection.execute("COMMIT")
        seq = now
    except sqlite3.OperationalError as e:
        failures += 1
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if not go_on:
            print("counter.py:", e, file=sys.stderr)
            os.pwrite(status, b"%-63s\n" % (b"%d %d %d" % (seq, slowest, failures)), 0)
            sys.exit(1)
    slowest = max(slowest, int((time.monotonic() - begin) * 1e6))
    os.pwrite(status, b"%-63s\n" % (b"%d %d %d" % (seq, slowest, failures)), 0)
    stop.wait(max(0, 1 / rate - (time.monotonic() - begin)))
connection.close()
