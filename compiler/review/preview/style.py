"""The preview's style sheet, for telephones and at night. Radio buttons choose a view, without script."""

STYLE = """
:root{color-scheme:light dark;--paper:#f6f5f2;--card:#fff;--ink:#1d2327;--soft:#565f65;--line:#e2e0d9;--well:#ebe9e3;
--main:#0b6f68;--on:#fff;--tint:#e3f0ee;--warn:#8a5300;--warn-bg:#fdf3e1;--alert:#a5381f;--alert-bg:#fbe9e4;
--note:#3f5b7a;--note-bg:#e8eef5}
@media (prefers-color-scheme:dark){:root{--paper:#131719;--card:#1b2124;--ink:#eceeee;--soft:#a9b3b8;--line:#2e3639;
--well:#0e1113;--main:#5bcabd;--on:#0c1614;--tint:#1c302e;--warn:#eebb74;--warn-bg:#2e2618;--alert:#f59d86;
--alert-bg:#35201b;--note:#a9c4e4;--note-bg:#1d2833}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%;font-variant-numeric:tabular-nums}
.page{max-width:84rem;margin:0 auto;padding:1.5rem 1rem 3rem}
a{color:var(--main)}
:focus-visible{outline:3px solid var(--main);outline-offset:2px;border-radius:6px}
.from{margin:0 0 .5rem;color:var(--soft);font-weight:600;font-size:.9375rem}
.from a{display:inline-block;padding:.3rem 0}
h1{font-size:clamp(1.5rem,1.1rem + 1.9vw,2.25rem);line-height:1.15;letter-spacing:-.02em;margin:0;text-wrap:balance;
overflow-wrap:anywhere}
h2{font-size:1.125rem;line-height:1.3;letter-spacing:-.01em;margin:0 0 .5rem}
h3{font-size:1rem;margin:1.1rem 0 .35rem}
.lead{color:var(--soft);margin:.5rem 0 0;max-width:46rem;text-wrap:pretty}
.personal{background:var(--alert-bg);color:var(--ink);border:2px solid var(--alert);border-radius:12px;
padding:.8rem 1rem;margin:0 0 1.25rem}
.personal strong{color:var(--alert)}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1rem;min-width:0;margin-top:1rem}
.why{color:var(--soft);font-size:.9375rem;margin:0 0 .75rem}
.choices{display:grid;gap:.6rem;margin:1.1rem 0 0}
.choice{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem}
.choice>span{color:var(--soft);font-size:.875rem;width:5.5rem;flex:none}
.choice ul{display:flex;flex-wrap:wrap;gap:.4rem;list-style:none;margin:0;padding:0;min-width:0;flex:1}
.choice a{display:block;padding:.45rem .85rem;border:1px solid var(--line);border-radius:99px;background:var(--card);
color:var(--ink);text-decoration:none;font-size:.9375rem}
.choice a:hover{border-color:var(--main)}
.choice a[aria-current]{background:var(--main);border-color:var(--main);color:var(--on);font-weight:600}
.inboxes{display:grid;gap:1rem}
.inbox{min-width:0}
.inbox figcaption{color:var(--soft);font-size:.875rem;margin-bottom:.3rem}
figure{margin:0}
.line{border:1px solid var(--line);border-radius:10px;padding:.6rem .8rem;background:var(--paper);max-width:100%;
line-height:1.4}
.line span{display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.line .who{font-weight:650}
.line .what{font-weight:600}
.line .next{color:var(--soft)}
.phone-line{width:22.5rem}
.pane-line{width:18rem}
.wide-line{display:flex;gap:1rem}
.wide-line .who{flex:0 0 9rem}
.wide-line .both{flex:1;min-width:0}
.wide-line .both b{font-weight:600}
.line .both .tail{display:inline;color:var(--soft)}
.bench fieldset{border:0;margin:0;padding:0;min-width:0}
.bench legend{float:left;color:var(--soft);font-size:.875rem;width:5.5rem;padding:.5rem 0 0}
.controls{display:grid;gap:.6rem;margin:0 0 1rem}
.seg{display:flex;flex-wrap:wrap;gap:.25rem;background:var(--well);border-radius:12px;padding:.25rem;width:fit-content;
max-width:100%}
.seg input{position:absolute;opacity:0;width:1px;height:1px}
.seg label{padding:.45rem .9rem;border-radius:9px;cursor:pointer;font-size:.9375rem;color:var(--ink)}
.seg label:hover{background:var(--card)}
.seg input:checked+label{background:var(--main);color:var(--on);font-weight:600}
.seg input:focus-visible+label{outline:3px solid var(--main);outline-offset:2px}
.stage{background:var(--well);border-radius:12px;padding:1rem;overflow-x:auto}
.device{margin:0 auto;background:#fff;border-radius:10px;overflow:hidden;box-shadow:0 1px 2px #0003,0 8px 28px #0002;
width:100%;max-width:47rem;min-width:40rem}
.head{display:flex;gap:.75rem;padding:.8rem 1rem;border-bottom:1px solid #e2e0d9;background:#fff;color:#1d2327}
.head p{margin:0;min-width:0;line-height:1.35;overflow-wrap:anywhere}
.head b{font-weight:650;display:block}
.head p span{color:#565f65;font-size:.875rem}
.face{flex:0 0 2.25rem;height:2.25rem;border-radius:50%;background:#0b6f68;color:#fff;display:grid;place-items:center;
font-weight:650}
.bench:has(#light-night:checked) .head{background:#1b1b1b;color:#eee;border-color:#333}
.bench:has(#light-night:checked) .head p span{color:#b0b6b9}
.device iframe{width:100%;height:52rem;border:0;background:#fff}
.device iframe:not(.night,.off){display:block}
.device iframe.night{background:#121212}
.night,.off,.text,.source{display:none}
.bench:has(#light-night:checked) .device iframe:not(.night),
.bench:has(#light-off:checked) .device iframe:not(.off){display:none}
.bench:has(#light-night:checked) .device iframe.night,.bench:has(#light-off:checked) .device iframe.off{display:block}
.bench:has(#view-phone:checked) .device{width:390px;min-width:390px;max-width:390px;border-radius:26px}
.bench:has(#view-phone:checked) .device iframe{height:50rem}
.bench:has(#view-text:checked) .stage,.bench:has(#view-source:checked) .stage,
.bench:has(#view-text:checked) .lights,.bench:has(#view-source:checked) .lights{display:none}
.bench:has(#view-text:checked) .text,.bench:has(#view-source:checked) .source{display:block}
.hint{color:var(--soft);font-size:.875rem;margin:.6rem 0 0}
.hint.night,.hint.off{display:none}
.bench:has(#light-night:checked) .hint.night,.bench:has(#light-off:checked) .hint.off{display:block}
.bench:has(#view-text:checked) .hint.light,.bench:has(#view-source:checked) .hint.light{display:none}
pre{margin:0;background:var(--well);border-radius:12px;padding:1rem;overflow-x:auto;font:.875rem/1.55 ui-monospace,
SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.text pre{max-width:47rem;margin:0 auto}
.code{list-style:none;counter-reset:none;margin:0;padding:.75rem 0;background:var(--well);border-radius:12px;
font:.8125rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.code li{display:grid;grid-template-columns:3.25rem 1fr;gap:.75rem;padding-right:1rem}
.code .n{color:var(--soft);text-align:right;user-select:none}
.code .c{white-space:pre-wrap;overflow-wrap:anywhere;min-width:0}
.code .at{background:var(--warn-bg)}
.code .at.error{background:var(--alert-bg)}
.code .at.advice{background:var(--note-bg)}
.code .remark{display:block;padding:.5rem 1rem .5rem 4rem;font:.9375rem/1.45 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif}
details{border-top:1px solid var(--line)}
details:first-of-type{border-top:0}
summary{cursor:pointer;font-weight:600;padding:.7rem 0;overflow-wrap:anywhere}
summary::marker{color:var(--soft)}
details>:last-child{margin-bottom:1rem}
.findings{list-style:none;margin:0;padding:0;display:grid;gap:.6rem}
.findings>li{border-radius:10px;padding:.7rem .9rem;background:var(--warn-bg);border-left:4px solid var(--warn)}
.findings>li.error{background:var(--alert-bg);border-color:var(--alert)}
.findings>li.advice{background:var(--note-bg);border-color:var(--note)}
.findings p{margin:0}
.findings .place{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--ink);
overflow-wrap:anywhere}
.tag{font-weight:650;color:var(--warn)}.error .tag,.tag.error{color:var(--alert)}.advice .tag{color:var(--note)}
.cure{font-size:.9375rem;color:var(--ink)}
dl{margin:0;display:grid;grid-template-columns:auto 1fr;gap:.35rem .9rem;font-size:.9375rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere;min-width:0}
dd small{color:var(--warn);font-size:.875rem}
.links{margin:0;padding:0;list-style:none;font-size:.9375rem}
.links li{padding:.5rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
.links li:first-child{border-top:0;padding-top:0}
.links a,.links code{font-size:.8125rem}
.links span{display:block}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.mails{list-style:none;margin:0;padding:0}
.mails a{display:grid;grid-template-columns:13rem minmax(0,1fr) auto;gap:.15rem 1.25rem;align-items:baseline;
padding:.75rem .5rem;color:inherit;text-decoration:none;border-radius:8px}
.mails li+li{border-top:1px solid var(--line)}
.mails a:hover{background:var(--tint)}
.mails .case{font-weight:600;color:var(--main)}
.mails .case small{display:block;font-weight:400;color:var(--soft);font-size:.875rem}
.mails .shown{min-width:0}
.mails .shown span{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.mails .next{color:var(--soft)}
.mails .what{font-weight:600}
.mails .facts{color:var(--soft);font-size:.875rem;text-align:right;white-space:nowrap}
.bad{color:var(--alert);font-weight:600}
.mails .facts .noted{display:block;color:var(--warn);font-weight:600}
.failure{border-left:4px solid var(--alert);background:var(--alert-bg);border-radius:10px;padding:.9rem 1rem;margin:0}
footer{color:var(--soft);font-size:.875rem;margin-top:1.5rem}
@media (max-width:43.99rem){
.mails a{grid-template-columns:minmax(0,1fr)}.mails .facts{text-align:left}
.bench legend,.choice>span{width:100%;padding:0 0 .25rem}.choice ul{flex:0 1 auto}
.bench .stage{margin:0 -1rem;border-radius:0;padding:1rem 0}
.bench:has(#view-phone:checked) .device{border-radius:0;box-shadow:none;width:100%;max-width:390px;min-width:0}
.seg label{padding:.45rem .7rem}
.wide-line{display:block}
.bench section{padding:1rem}
section{overflow:hidden}
.code .remark{padding-left:1rem}
.code li{grid-template-columns:1.9rem 1fr;gap:.5rem;padding-right:.5rem}
.choice a{padding:.4rem .65rem;font-size:.875rem}
.line .both .tail{display:block}}
@media (min-width:64rem){.page{padding:2.25rem 2rem 4rem}section{padding:1.25rem 1.4rem}
.cols{display:grid;grid-template-columns:minmax(0,1fr) 23rem;gap:1rem;align-items:start}
.inboxes{grid-template-columns:auto auto;justify-content:start}.inbox.wide{grid-column:1/-1}}
@media print{body{background:#fff}.page{max-width:none;padding:0}.controls,.choices{display:none}}
"""
