// src/page.ts
var e = document.querySelector("albania-nato-chat");
document.documentElement.classList.add("js");
var t = document.body.dataset.document, n = new URLSearchParams(location.search).get("ask");
e && n && (history.replaceState(null, "", location.pathname), customElements.whenDefined("albania-nato-chat").then(() => e.ask({
	option: n,
	text: "…"
}))), e && t && r(e, t);
function r(e, t) {
	let n = document.body.dataset.cited ?? "";
	document.addEventListener("click", (t) => {
		let n = t.target, r = n.closest("a.ask");
		if (r?.dataset.option) {
			t.preventDefault();
			let n = r.dataset.question ?? "…";
			e.ask({
				option: r.dataset.option,
				text: n
			});
			return;
		}
		if (n.closest("a") || !getSelection()?.isCollapsed) return;
		let i = n.closest("article .s:not(.fragment)")?.id;
		i && !n.closest(".heading") && (location.hash = i);
	}), e.addEventListener("quoted", (e) => {
		let r = e.detail;
		for (let e of r(t)) {
			let t = document.getElementById(e);
			if (!t || t.classList.contains("cited")) continue;
			t.classList.add("cited");
			let r = document.createElement("span");
			r.className = "vh", r.textContent = ` (${n})`, t.insertBefore(r, t.querySelector(".ask"));
		}
	});
}
