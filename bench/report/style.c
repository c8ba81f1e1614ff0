// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/page.h"

static const char css[] =
	"*{box-sizing:border-box}"
	"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}"
	"body{margin:0 auto;max-width:74rem;padding:1rem;background:var(--paper);color:var(--ink);"
	"font:1rem/1.5 system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;"
	"overflow-wrap:break-word}"
	"h1{font-size:1.5rem;line-height:1.25;margin:.3rem 0 .5rem}"
	"h2{font-size:1.2rem;margin:2.2rem 0 .3rem;padding-top:.4rem;border-top:1px solid "
	"var(--grid)}"
	"h3{font-size:1rem;margin:1.2rem 0 .3rem}"
	"p{max-width:46rem;margin:.4rem 0}"
	"a{color:var(--i-blue)}"
	"code{font:0.9em ui-monospace,'DejaVu Sans Mono',monospace}"
	".quiet{color:var(--dim);font-size:.9rem}"
	".badge{display:inline-block;font-weight:700;font-size:.85rem;letter-spacing:.06em;"
	"padding:.1rem .6rem;border:2px solid var(--i-vermillion);border-radius:.3rem;"
	"color:var(--warn)}"
	".note{border-left:4px solid var(--i-vermillion);padding:.2rem .8rem;margin:.8rem 0;"
	"background:var(--raised)}"
	"nav{font-size:.9rem;margin:.8rem 0}nav a{margin-right:.9rem;display:inline-block}"
	".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(15rem,100%),1fr));"
	"gap:.8rem;margin:.8rem 0;padding:0;list-style:none}"
	".cards li{background:var(--raised);border:1px solid var(--grid);border-radius:.4rem;"
	"padding:.6rem .9rem}"
	".cards b{display:block;font-size:1.7rem;line-height:1.25}"
	".cards .name{font-weight:600}"
	".swatch{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-radius:.15em}"
	".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(25rem,100%),1fr));"
	"gap:1rem;margin:.6rem 0}"
	"figure{margin:0;max-width:40rem;break-inside:avoid}"
	"figcaption{font-size:.85rem;color:var(--dim)}"
	"svg.plot{display:block;width:100%;height:auto;color:var(--ink)}"
	".wide{overflow-x:auto;margin:.6rem 0}"
	"table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}"
	"caption{text-align:left;font-weight:600;padding:.3rem 0}"
	"th,td{padding:.2rem .7rem .2rem 0;text-align:right;vertical-align:top;white-space:nowrap}"
	"th:first-child,td:first-child{text-align:left}"
	"th{border-bottom:1px solid var(--dim);font-weight:600}"
	"td{border-bottom:1px solid var(--grid)}"
	"th.left,td.left{text-align:left}"
	"td.text{text-align:left;white-space:normal;min-width:14rem}"
	"td small{color:var(--dim)}"
	".pass{color:var(--i-green);font-weight:600}.short{color:var(--warn);font-weight:600}"
	"dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.15rem 1rem;"
	"font-size:.9rem}"
	"dt{color:var(--dim)}dd{margin:0;min-width:0;overflow-wrap:anywhere}"
	"@media (max-width:30rem){body{padding:.7rem}dl{grid-template-columns:1fr}"
	"dd{margin-bottom:.4rem}h1{font-size:1.3rem}}"
	"@media print{body{max-width:none;padding:0;font-size:10pt}nav,.noprint{display:none}"
	"h2,h3,caption{break-after:avoid}tr,.cards li{break-inside:avoid}"
	".wide{overflow:visible}table{font-size:6.6pt}th,td{padding-right:.35rem}"
	".plots{grid-template-columns:1fr 1fr}a{color:inherit}}"
	"@page{margin:14mm}";

static void scheme(FILE *f, bool dark)
{
	for (int i = 0; i < NR_INKS; i++)
		fprintf(f, "%s:#%06x;", inks[i].css, dark ? inks[i].dark : inks[i].light);
	fprintf(f, "--ink:%s;--dim:%s;--raised:%s;--warn:%s;", dark ? "#e8e8e8" : "#1c1e21",
		dark ? "#a8b0ba" : "#5a626b", dark ? "#20252b" : "#f4f5f6",
		dark ? "#ff9a5e" : "#a84600");
}

void page_style(FILE *f)
{
	fputs("<style>:root{color-scheme:light dark;", f);
	scheme(f, false);
	fputs("}@media screen and (prefers-color-scheme:dark){:root{", f);
	scheme(f, true);
	fputs("}}", f);
	fputs(css, f);
	fputs("</style>\n", f);
}
