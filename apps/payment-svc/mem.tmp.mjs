const m = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
const out = [['start', m()]];
for (const x of process.argv.slice(2)) { await import(x); globalThis.gc?.(); out.push([x.split('/').slice(-3).join('/'), m()]); }
console.log(out.map((o) => o.join(' ')).join('\n'));
