/** The one stylesheet of all sandbox pages, inlined; its hash is in the Content-Security-Policy. */
export const STYLE = `
:root{color-scheme:light dark;
--paper:light-dark(#f6f8fb,#12161c);--card:light-dark(#fff,#1a2028);--ink:light-dark(#1d2530,#e6ebf2);--soft:light-dark(#556172,#a3aebd);--line:light-dark(#d9e0ea,#2f3946);
--accent:light-dark(#1c5fb8,#8ab8f5);--accent-ink:light-dark(#fff,#0d1a2b);--wash:light-dark(#e8f0fb,#1e2b3d);--sand:light-dark(#f5dfa6,#4d3d12);--sand-ink:light-dark(#503b00,#f6e2ad);--bad:light-dark(#a3262a,#f19a96)}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
h1,h2,h3{line-height:1.2;margin:0;text-wrap:balance;font-weight:600}h1{font-size:clamp(1.5rem,1.2rem + 1.4vw,2rem)}h2{font-size:1.25rem}h3{font-size:1.05rem;overflow-wrap:anywhere}
p{margin:0;text-wrap:pretty}a{color:var(--accent);text-underline-offset:.18em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.3rem}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.4rem;background:var(--card);padding:.3rem .6rem;z-index:1}
.ribbon{background:var(--sand);color:var(--sand-ink);padding:.45rem clamp(1rem,4vw,3rem);font-size:.875rem;text-align:center}.ribbon a{color:inherit}
.top{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:baseline;padding:1rem clamp(1rem,4vw,3rem);border-bottom:1px solid var(--line);background:var(--card)}.top b{font-size:1.1rem}.top nav{display:flex;flex-wrap:wrap;gap:1.25rem;margin-inline-start:auto}
main{max-width:70rem;margin:auto;padding:2rem clamp(1rem,4vw,3rem) 4rem;display:grid;gap:1.75rem}
main.narrow{max-width:30rem;padding-top:clamp(1.5rem,8vh,5rem)}
.card{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.5rem;display:grid;gap:1rem;align-content:start;box-shadow:0 1px 2px #0000000d,0 8px 24px #0000000d}
.soft{color:var(--soft)}.small{font-size:.8125rem}.bad{color:var(--bad)}
.stack{display:grid;gap:.6rem}.row{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center}
button,.button{font:inherit;font-weight:600;line-height:1.25;border:1px solid var(--line);border-radius:.6rem;padding:.75rem 1.2rem;background:transparent;color:var(--ink);cursor:pointer;text-decoration:none}
button:hover,.button:hover{border-color:var(--accent)}button.main{background:var(--accent);border-color:var(--accent);color:var(--accent-ink)}.equal>*{flex:1}
button.persona{display:flex;align-items:center;gap:.9rem;width:100%;text-align:start;padding:.7rem .9rem}.persona img{width:44px;height:44px;border-radius:50%}.persona span{display:grid}.persona small{font-weight:400;color:var(--soft)}
ul.plain{margin:0;padding-inline-start:1.3rem}ul.scopes{list-style:none;margin:0;padding:0;display:grid;gap:.7rem}ul.scopes li{display:grid;grid-template-columns:1.6rem 1fr;gap:.4rem;align-items:start}ul.scopes input{width:1.15rem;height:1.15rem;margin:.2rem 0 0;accent-color:var(--accent)}ul.scopes small{color:var(--soft);display:block}
.files{list-style:none;margin:0;padding:0;display:grid;gap:1.25rem;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr))}
.file{padding:0;overflow:hidden;gap:0}.file>a{display:block;background:var(--wash);aspect-ratio:4/3}.file img,.full img{width:100%;height:100%;object-fit:cover;display:block}.full img{object-fit:contain;max-height:75vh;border-radius:.6rem;background:var(--wash)}.file>div{padding:1rem 1.1rem 1.2rem;display:grid;gap:.5rem}
.blank{display:grid;place-items:center;height:100%;color:var(--soft);font:600 1.2rem system-ui}
dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem .9rem;margin:0;font-size:.8125rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.tabs{display:flex;flex-wrap:wrap;gap:.5rem}.tabs a{display:flex;gap:.6rem;align-items:center;padding:.45rem .9rem .45rem .5rem;border:1px solid var(--line);border-radius:99px;color:var(--ink);text-decoration:none;background:var(--card)}.tabs a[aria-current]{background:var(--wash);border-color:var(--accent);font-weight:600}.tabs img{width:30px;height:30px;border-radius:50%}
pre{margin:0;padding:1rem;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--wash);border-radius:.6rem;font:.8125rem/1.5 ui-monospace,"Cascadia Code","DejaVu Sans Mono",monospace}code{font:.875em ui-monospace,"Cascadia Code","DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.9375rem}th,td{text-align:start;padding:.45rem .8rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}th code{overflow-wrap:normal}.wide{overflow-x:auto}
`
