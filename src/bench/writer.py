#!/usr/bin/env python3
"""The application of the benchmarks, in Python: the same protocol, workloads and figures as
dev.sidewal.bench.writer.Writer, whose comment describes them. For a second opinion: it shares no
code, no SQLite and no JVM with Sidewal.

  python3 src/bench/writer.py commits|load|lag DATABASE key=value...
"""
import os, random, sqlite3, sys, time

VALUE, KEY, ROWS = 1000, 16, 200

def main():
    kind, database = sys.argv[1:3]
    options = dict(o.split('=', 1) for o in sys.argv[3:])
    create, run = {'commits': (create_small, commits), 'load': (create_load, load), 'lag': (create_small, lag)}[kind]
    warm_up(create, run, database, options)
    c = connect(database)
    create(c, options)
    print('ready', flush=True)
    if not sys.stdin.readline():
        return
    figures = run(c, database, options, random.Random(1), float('inf'))
    print(' '.join('%s=%s' % f for f in figures.items()), flush=True)
    sys.stdin.readline()
    c.close()

def warm_up(create, run, database, options):
    seconds = int(options.get('warm', '0')) / 1000
    if seconds:
        other = os.path.join(os.path.dirname(database), 'warm-up.sqlite-bench')
        c = connect(other)
        create(c, options)
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            run(c, other, options, random.Random(2), deadline)
        c.close()
        os.remove(other)

def connect(database):
    c = sqlite3.connect(database, isolation_level=None)
    for pragma in ('journal_mode=WAL', 'synchronous=NORMAL', 'busy_timeout=5000'):
        c.execute('PRAGMA ' + pragma)
    return c

def create_small(c, options):
    c.execute('CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)')

def create_load(c, options):
    c.execute('CREATE TABLE t(id INTEGER PRIMARY KEY, k BLOB, v %s)' % ('TEXT' if options['values'] == 'text' else 'BLOB'))
    c.execute('CREATE INDEX i ON t(k)')

def micros():
    return time.time_ns() // 1000

def commits(c, database, options, r, deadline):
    n, clock, log, longest, latencies = int(options['count']), time.perf_counter, database + '-wal', 0, []
    texts = [(r.randbytes(50).hex(),) for _ in range(1024)]
    begin = clock()
    for i in range(n):
        before = clock()
        if before >= deadline:
            break
        c.execute('INSERT INTO t(v) VALUES(?)', texts[i % 1024])
        latencies.append(clock() - before)
        if i % 64 == 0:
            longest = max(longest, os.stat(log).st_size)
    seconds, end = clock() - begin, micros()
    return dict(percentiles(latencies), seconds=seconds, rate=n / seconds, log=longest / 1e6, rows=n, end=end)

def load(c, database, options, r, deadline):
    clock, log, longest, latencies, written, rows = time.perf_counter, database + '-wal', 0, [], 0, 0
    limit = int(options['megabytes']) * 1000000
    words = [''.join(chr(97 + r.randrange(26)) for _ in range(2 + r.randrange(9))) for _ in range(4096)]
    shares = [(i / 4096) ** (1 / 3) for i in range(1, 4097)]
    def value():
        if options['values'] != 'text':
            return r.randbytes(VALUE)
        return ' '.join(r.choices(words, cum_weights=shares, k=200))[:VALUE].ljust(VALUE)
    begin = clock()
    while written < limit:
        data = [(r.randbytes(KEY), value()) for _ in range(ROWS)]
        before = clock()
        if before >= deadline:
            break
        c.execute('BEGIN')
        c.executemany('INSERT INTO t(k, v) VALUES(?, ?)', data)
        c.execute('COMMIT')
        latencies.append(clock() - before)
        longest = max(longest, os.stat(log).st_size)
        written += ROWS * (KEY + VALUE)
        rows += ROWS
    seconds, end = clock() - begin, micros()
    return dict(percentiles(latencies), seconds=seconds, rate=written / 1e6 / seconds, log=longest / 1e6, rows=rows, end=end)

def lag(c, database, options, r, deadline):
    begun, returned = [], []
    for _ in range(int(options['count'])):
        if time.perf_counter() >= deadline:
            break
        pause = r.uniform(int(options['from']), int(options['to'])) / 1000
        time.sleep(pause if deadline == float('inf') else 0.01)
        begun.append(str(micros()))
        c.execute("INSERT INTO t(v) VALUES('a row of the lag scenario')")
        returned.append(str(micros()))
    return dict(begun=','.join(begun), returned=','.join(returned), rows=options['count'])

def percentiles(latencies):
    s = sorted(latencies) or [0]
    rank = lambda share: s[max(1, -int(-share * len(s) // 1)) - 1] * 1e6
    return dict(p50=rank(0.5), p99=rank(0.99), p999=rank(0.999), max=s[-1] * 1e6, busy=sum(s))

main()
