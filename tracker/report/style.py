"""The report's style sheet: one file with everything in it, readable on a telephone, at night and on paper."""

STYLE = """
:root{color-scheme:light dark;--paper:#f6f5f2;--card:#fff;--ink:#1d2327;--soft:#5a6369;--line:#e2e0d9;--track:#ebe9e3;
--main:#0b6f68;--second:#b9751a;--third:#7d8a90;--alert:#b3452b;--good:#0b6f68}
@media (prefers-color-scheme:dark){:root{--paper:#131719;--card:#1b2124;--ink:#eceeee;--soft:#a3adb2;--line:#2e3639;
--track:#2a3235;--main:#4fc2b5;--second:#e5ad5f;--third:#84929a;--alert:#ef8a70;--good:#4fc2b5}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%;font-variant-numeric:tabular-nums}
.page{max-width:68rem;margin:0 auto;padding:1.75rem 1rem 3rem}
header{margin-bottom:1.5rem}
.from{margin:0 0 .75rem;color:var(--soft);font-weight:600;font-size:.9375rem}
h1{font-size:clamp(1.75rem,1.2rem + 2.4vw,2.75rem);line-height:1.12;letter-spacing:-.02em;margin:0;text-wrap:balance}
.subject{font-size:1.125rem;color:var(--soft);margin:.4rem 0 0}
.lead{font-size:clamp(1.0625rem,1rem + .35vw,1.25rem);line-height:1.5;margin:1.1rem 0 0;max-width:46rem;
text-wrap:pretty}
.lead strong{font-weight:650}
.meta{color:var(--soft);font-size:.9375rem;margin:.9rem 0 0}
.note{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--second);border-radius:8px;
padding:.6rem .9rem;margin:1rem 0 0;font-size:.9375rem}
.tiles{display:grid;grid-template-columns:repeat(2,1fr);gap:.75rem;margin:1.5rem 0;padding:0;list-style:none}
.tile{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1rem}
.tile:first-child{grid-column:1/-1}
.tile .name{display:block;color:var(--soft);font-size:.9375rem}
.tile .value{display:block;font-size:2rem;line-height:1.15;font-weight:680;letter-spacing:-.02em;margin:.1rem 0 .25rem}
.tile .of{display:block;color:var(--soft);font-size:.875rem;line-height:1.35}
.tile.alert .value{color:var(--alert)}
.grid{display:grid;gap:.75rem}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.1rem 1rem;min-width:0}
section+section,.grid+section,section+.grid,.grid+.grid{margin-top:.75rem}
.grid section{margin-top:0}
h2{font-size:1.1875rem;line-height:1.3;letter-spacing:-.01em;margin:0 0 .25rem}
h3{font-size:1rem;margin:1.25rem 0 .25rem}
.why{color:var(--soft);font-size:.9375rem;margin:0 0 .9rem;max-width:44rem}
.steps{list-style:none;margin:0;padding:0}
.steps li{padding:.45rem 0}
.steps li+li{border-top:1px solid var(--line)}
.row{display:flex;justify-content:space-between;align-items:baseline;gap:1rem}
.row>:first-child{overflow-wrap:anywhere;min-width:0}
.row b{font-weight:650;white-space:nowrap}
.row .share{color:var(--soft);font-weight:400;margin-left:.5rem}
.detail{color:var(--soft);font-size:.875rem;margin:.1rem 0 0}
.bar{display:block;width:100%;margin:.35rem 0 .1rem;border-radius:4px}
.track{fill:var(--track)}
.fill.main,.fill.sent{fill:var(--main)}.fill.second,.fill.opened{fill:var(--second)}.fill.third{fill:var(--third)}
.fill.alert{fill:var(--alert)}.fill.clicked{fill:var(--main)}
.columns{display:block;overflow:visible;margin:.25rem 0 .5rem}
.columns text{font-size:12px;fill:var(--soft)}
.columns .grid{stroke:var(--line);stroke-width:1;stroke-dasharray:3 3}
.columns .axis{stroke:var(--third);stroke-width:1}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:.9rem 0 0;font-size:.875rem;color:var(--soft);padding:0;
list-style:none}
.legend li::before{content:"";display:inline-block;width:.75rem;height:.75rem;border-radius:3px;margin-right:.45rem;
vertical-align:-1px;background:var(--main)}
.legend .opened::before{background:var(--second)}
.link{overflow-wrap:anywhere}
.link .host{color:var(--soft)}
details+details{margin-top:.25rem;border-top:1px solid var(--line)}
summary{cursor:pointer;font-weight:650;padding:.75rem 0;min-height:2.75rem}
summary::marker{color:var(--third)}
summary:focus-visible{outline:3px solid var(--main);outline-offset:3px;border-radius:6px}
table{width:100%;border-collapse:collapse;font-size:.9375rem;table-layout:fixed;margin:0 0 .75rem}
th,td{text-align:right;padding:.55rem 0 .55rem .75rem;vertical-align:top}
th:first-child{text-align:left;padding-left:0;width:36%}
thead th{color:var(--soft);font-weight:500;font-size:.875rem;border-bottom:1px solid var(--line);padding-top:0}
tbody th{font-weight:600;overflow-wrap:anywhere}
tbody tr+tr th,tbody tr+tr td{border-top:1px solid var(--line)}
td b{font-weight:600}
td .detail{display:block;margin:0}
tbody th .detail{font-weight:400}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.plain{margin:0;padding-left:1.1rem;max-width:46rem}
.plain li{margin:.5rem 0}
.plain li::marker{color:var(--third)}
footer{color:var(--soft);font-size:.875rem;margin-top:1.5rem;overflow-wrap:anywhere}
footer p{margin:.2rem 0}
@media (max-width:43.99rem){
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,th,td{display:block;text-align:left}
th:first-child{width:auto}
tbody tr{display:grid;grid-template-columns:repeat(3,1fr);gap:.35rem .75rem;padding:.75rem 0}
tbody tr+tr{border-top:1px solid var(--line)}
tbody tr+tr th,tbody tr+tr td{border-top:0}
tbody th{grid-column:1/-1;padding:0}
td{padding:0}
td::before{content:attr(data-label);display:block;color:var(--soft);font-size:.8125rem}}
@media (min-width:44rem){.page{padding:3rem 2rem 4rem}section{padding:1.4rem 1.5rem}.tile{padding:1.2rem}
.tiles{grid-template-columns:repeat(3,1fr)}.tile:first-child{grid-column:auto}.tile .value{font-size:2.25rem}}
@media (min-width:60rem){.tiles{grid-template-columns:repeat(5,1fr)}.grid.two{grid-template-columns:1fr 1fr}
.grid.wide{grid-template-columns:3fr 2fr}}
@media print{body{background:#fff}.page{padding:0;max-width:none}section,.tile{break-inside:avoid;border-color:#ccc}}
"""
