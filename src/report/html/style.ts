/** How many colours there are for curves and bars: one for each architecture. */
export const seriesColours = 12;

/** The page's style sheet. Series colours: Okabe and Ito's palette first, told apart by the colour-blind too. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f6f7f9; --text: #1b1f24; --quiet: #57606a; --line: #d8dee4;
  --good: #1a7f37; --warning: #9a6700; --bad: #cf222e; --accent: #0969da;
  --series-0: #0072b2; --series-1: #d55e00; --series-2: #009e73; --series-3: #cc79a7;
  --series-4: #b58900; --series-5: #56a0d3; --series-6: #6f42c1; --series-7: #444c56;
  --series-8: #a0522d; --series-9: #c2185b; --series-10: #5d7a00; --series-11: #00838f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --card: #161b22; --text: #e6edf3; --quiet: #9aa4af; --line: #30363d;
    --good: #4ac26b; --warning: #d4a72c; --bad: #ff7b72; --accent: #79b8ff;
    --series-0: #56b4e9; --series-1: #ff9350; --series-2: #2ed3a6; --series-3: #e7a3cb;
    --series-4: #f0e442; --series-5: #9ecbff; --series-6: #b392f0; --series-7: #c9d1d9;
    --series-8: #d9a066; --series-9: #ff6f9f; --series-10: #a8cc3d; --series-11: #4dd0e1;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main, header, footer { max-width: 64rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
h1 { font-size: 1.05rem; font-weight: 600; color: var(--quiet); margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
.verdict { font-size: clamp(1.2rem, 1rem + 1.4vw, 1.7rem); line-height: 1.35; font-weight: 600; margin: .4rem 0; }
.verdict + .verdict { font-size: 1.05rem; font-weight: 400; }
.facts { color: var(--quiet); font-size: .9rem; margin: .15rem 0; overflow-wrap: anywhere; }
.tone-good { color: var(--good); } .tone-warning { color: var(--warning); } .tone-bad { color: var(--bad); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
.scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .7rem; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); }
thead th { border-top: 0; background: var(--card); font-weight: 600; vertical-align: bottom; }
th.left, td.left { text-align: left; }
td.message { white-space: normal; overflow-wrap: anywhere; min-width: 12rem; }
tbody th { font-weight: 600; text-align: left; position: sticky; left: 0; background: var(--page); }
caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.best, .better { color: var(--good); font-weight: 700; }
.worse, .bad { color: var(--bad); font-weight: 700; }
.quiet, .unsure { color: var(--quiet); }
.note { color: var(--quiet); font-size: .85rem; margin: .35rem 0 0; overflow-wrap: anywhere; }
ul.lines { margin: .3rem 0; padding-left: 1.2rem; }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: .45rem .75rem; align-items: center; }
.bars .row { display: contents; }
.bars .name { overflow-wrap: anywhere; }
.bars .track { position: relative; height: 1.5rem; background: var(--card); border-radius: .25rem; }
.bars .bar { position: absolute; inset: 0 auto 0 0; border-radius: .25rem; }
.bars .whisker { position: absolute; top: 50%; height: .8rem; transform: translateY(-50%); border: 2px solid var(--text); border-width: 0 2px; }
.bars .whisker::before { content: ""; position: absolute; left: 0; right: 0; top: calc(50% - 1px); height: 2px; background: var(--text); }
.bars .value { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
figure { margin: 0; }
.plot { width: 100%; min-height: 16rem; }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--quiet); font-size: .9rem; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; overflow-x: auto; font-size: .85rem; }
code { font-family: ui-monospace, monospace; }
footer { color: var(--quiet); font-size: .85rem; margin-top: 2.5rem; padding-bottom: 2rem; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; top: .5rem; background: var(--page); padding: .5rem; }
.u-legend { font-size: .85rem; text-align: left !important; color: var(--text); }
.u-legend .u-series > * { padding: 1px 4px; border: 0; }
@media (max-width: 40rem) {
  .bars { display: block; } .bars .row { display: grid; grid-template-columns: 1fr max-content; margin-bottom: .75rem; }
  .bars .track { grid-row: 2; grid-column: 1 / -1; }
  th, td { padding: .35rem .5rem; }
}
@media print { .scroll { overflow: visible; } details { display: none; } }
`;
