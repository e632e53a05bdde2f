#!/usr/bin/env python3
"""What an agent costs that replicates many databases, most of them idle.

Makes the databases, replicates their directory with the built program to a directory, and reads
memory, threads, descriptors and CPU time of the process, and the requests to the store from its
metrics: idle, and while some of the databases are written. At the end some are restored and
compared. Prints lines, and writes JSON.

  mvn -B -q package -DskipTests
  python3 src/bench/many_databases.py --databases 1000 --active 20
"""
import argparse, json, os, random, shutil, sqlite3, subprocess, sys, tempfile, threading, time, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SIDEWAL = os.path.join(HERE, '..', '..', 'deploy', 'sidewal')

def main():
    a = argparse.ArgumentParser()
    a.add_argument('--databases', type=int, default=1000)
    a.add_argument('--active', type=int, default=20)
    a.add_argument('--seconds', type=int, default=30, help='how long each state is measured')
    a.add_argument('--port', type=int, default=9333)
    a.add_argument('--dir', default=tempfile.gettempdir())
    a.add_argument('--json', default='')
    o = a.parse_args()
    work = tempfile.mkdtemp(prefix='sidewal-bench-', dir=o.dir)
    try:
        figures = run(o, work)
        if o.json:
            with open(o.json, 'w') as f:
                json.dump(figures, f, indent=2)
    finally:
        shutil.rmtree(work, ignore_errors=True)

def path(work, i):
    return os.path.join(work, 'data', 't%04d.db' % i)

def make(work, count):
    os.mkdir(os.path.join(work, 'data'))
    for i in range(count):
        c = sqlite3.connect(path(work, i))
        c.execute('pragma journal_mode=wal')
        c.execute('create table t(id integer primary key, v text)')
        c.execute('create index i on t(v)')
        c.executemany('insert into t(v) values(?)', [(str(random.random()) * 5,) for _ in range(500)])
        c.commit()
        c.close()

class Agent:
    def __init__(self, o, work):
        self.port = o.port
        with open(os.path.join(work, 'sidewal.yaml'), 'w') as f:
            f.write('listen: 127.0.0.1:%d\nlog-level: warn\ndatabases:\n- directory: %s/data\n  url: file:%s/replicas\n'
                    % (o.port, work, work))
        self.log = os.path.join(work, 'log')
        self.process = subprocess.Popen(
            [SIDEWAL, 'replicate', '--config', os.path.join(work, 'sidewal.yaml')],
            stdout=open(self.log, 'w'), stderr=subprocess.STDOUT)

    def get(self, what):
        return urllib.request.urlopen('http://127.0.0.1:%d%s' % (self.port, what), timeout=30).read().decode()

    def await_ready(self):
        begin = time.time()
        while True:
            time.sleep(0.5)
            if self.process.poll() is not None or time.time() - begin > 600:
                sys.exit('not ready: ' + open(self.log).read()[-2000:])
            try:
                if '"ready":true' in self.get('/readyz'):
                    return time.time() - begin
            except OSError:
                pass  # not listening yet, or 503

    def requests(self):
        lines = self.get('/metrics').splitlines()
        return int(sum(float(l.split()[-1]) for l in lines if l.startswith('sidewal_store_request_seconds_count')))

    def usage(self):
        base = '/proc/%d/' % self.process.pid
        status = dict(l.split(':', 1) for l in open(base + 'status'))
        stat = open(base + 'stat').read().rsplit(')', 1)[1].split()
        return {'rss_mb': int(status['VmRSS'].split()[0]) // 1024,
                'anonymous_mb': int(status['RssAnon'].split()[0]) // 1024,
                'threads': int(status['Threads']),
                'descriptors': len(os.listdir(base + 'fd')),
                'cpu_seconds': (int(stat[11]) + int(stat[12])) / os.sysconf('SC_CLK_TCK')}

    def window(self, seconds):
        requests = self.requests()
        time.sleep(2)  # what the page itself cost is over
        before = self.usage()
        time.sleep(seconds)
        after = self.usage()
        after['cpu_percent_of_a_core'] = round(100 * (after.pop('cpu_seconds') - before['cpu_seconds']) / seconds, 2)
        after['requests_a_second'] = round((self.requests() - requests) / (seconds + 2), 2)
        return after

def run(o, work):
    make(work, o.databases)
    agent = Agent(o, work)
    figures = {'databases': o.databases, 'active': o.active}
    try:
        figures['ready_after_seconds'] = round(agent.await_ready(), 1)
        figures['at_start'] = agent.usage()
        figures['requests_at_start'] = agent.requests()
        time.sleep(25)  # threads that have nothing to do end
        figures['idle'] = agent.window(o.seconds)
        print('idle:', figures['idle'], flush=True)
        done = threading.Event()
        writer = threading.Thread(target=write, args=(o, work, done))
        writer.start()
        time.sleep(10)
        figures['writing'] = agent.window(o.seconds)
        print('writing:', figures['writing'], flush=True)
        done.set()
        writer.join()
        begin = time.time()
        agent.process.terminate()
        figures['exit_code'] = agent.process.wait()
        figures['stopped_after_seconds'] = round(time.time() - begin, 1)
        figures['restored_equal'] = sum(equal(work, i) for i in range(min(3, o.active)))
    finally:
        agent.process.kill()
    print(json.dumps(figures))
    return figures

def write(o, work, done):
    writers = [sqlite3.connect(path(work, i)) for i in range(o.active)]
    while not done.wait(1):
        for c in writers:
            c.execute('insert into t(v) values(?)', (str(random.random()),))
            c.commit()

def equal(work, i):
    out = os.path.join(work, 'restored-%d.db' % i)
    subprocess.run([SIDEWAL, 'restore', 'file:%s/replicas/t%04d.db' % (work, i), '-o', out],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    content = [list(sqlite3.connect(p).execute('select * from t order by id')) for p in (out, path(work, i))]
    return content[0] == content[1]

if __name__ == '__main__':
    main()
