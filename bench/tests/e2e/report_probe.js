// SPDX-License-Identifier: GPL-2.0-or-later
// Measures a page of the report in the browser; tells the page around it.
addEventListener("load", () => {
	const root = document.documentElement;
	const box = e => e.getBoundingClientRect();
	const plots = [...document.querySelectorAll("svg.plot")];
	const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
	const wrong = [];

	if (root.scrollWidth > innerWidth)
		wrong.push("wider than the window: " + root.scrollWidth);
	for (const p of plots) {
		const b = box(p);
		const drawn = [...p.querySelectorAll("path,use,text")].filter(e => box(e).width + box(e).height > 0);

		if (b.width < 200 || b.height < 80 || drawn.length < 10)
			wrong.push("not visible: " + p.id);
		if (b.left < 0 || b.right > innerWidth)
			wrong.push("cut off: " + p.id);
		if (!p.querySelector("title").textContent || !p.querySelector("desc").textContent)
			wrong.push("without text: " + p.id);
	}
	for (const a of document.querySelectorAll("a[href^='#']"))
		if (!document.getElementById(a.getAttribute("href").slice(1)))
			wrong.push("dead link: " + a.getAttribute("href"));
	if (new Set(ids).size != ids.length)
		wrong.push("an id twice");
	parent.postMessage([
		innerWidth, plots.length, "plots", wrong.join("; ") || "fine",
		"on", getComputedStyle(document.body).backgroundColor,
	].join(" "), "*");
});
