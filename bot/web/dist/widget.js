// node_modules/@lit/reactive-element/css-tag.js
var e = globalThis, t = e.ShadowRoot && (e.ShadyCSS === void 0 || e.ShadyCSS.nativeShadow) && "adoptedStyleSheets" in Document.prototype && "replace" in CSSStyleSheet.prototype, n = Symbol(), r = /* @__PURE__ */ new WeakMap(), i = class {
	constructor(e, t, r) {
		if (this._$cssResult$ = !0, r !== n) throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");
		this.cssText = e, this.t = t;
	}
	get styleSheet() {
		let e = this.o, n = this.t;
		if (t && e === void 0) {
			let t = n !== void 0 && n.length === 1;
			t && (e = r.get(n)), e === void 0 && ((this.o = e = new CSSStyleSheet()).replaceSync(this.cssText), t && r.set(n, e));
		}
		return e;
	}
	toString() {
		return this.cssText;
	}
}, a = (e) => new i(typeof e == "string" ? e : e + "", void 0, n), o = (n, r) => {
	if (t) n.adoptedStyleSheets = r.map((e) => e instanceof CSSStyleSheet ? e : e.styleSheet);
	else for (let t of r) {
		let r = document.createElement("style"), i = e.litNonce;
		i !== void 0 && r.setAttribute("nonce", i), r.textContent = t.cssText, n.appendChild(r);
	}
}, s = t ? (e) => e : (e) => e instanceof CSSStyleSheet ? ((e) => {
	let t = "";
	for (let n of e.cssRules) t += n.cssText;
	return a(t);
})(e) : e, { is: c, defineProperty: l, getOwnPropertyDescriptor: u, getOwnPropertyNames: d, getOwnPropertySymbols: ee, getPrototypeOf: te } = Object, f = globalThis, p = f.trustedTypes, ne = p ? p.emptyScript : "", re = f.reactiveElementPolyfillSupport, m = (e, t) => e, h = {
	toAttribute(e, t) {
		switch (t) {
			case Boolean:
				e = e ? ne : null;
				break;
			case Object:
			case Array: e = e == null ? e : JSON.stringify(e);
		}
		return e;
	},
	fromAttribute(e, t) {
		let n = e;
		switch (t) {
			case Boolean:
				n = e !== null;
				break;
			case Number:
				n = e === null ? null : Number(e);
				break;
			case Object:
			case Array: try {
				n = JSON.parse(e);
			} catch {
				n = null;
			}
		}
		return n;
	}
}, ie = (e, t) => !c(e, t), g = {
	attribute: !0,
	type: String,
	converter: h,
	reflect: !1,
	useDefault: !1,
	hasChanged: ie
};
Symbol.metadata ??= Symbol("metadata"), f.litPropertyMetadata ??= /* @__PURE__ */ new WeakMap();
var _ = class extends HTMLElement {
	static addInitializer(e) {
		this._$Ei(), (this.l ??= []).push(e);
	}
	static get observedAttributes() {
		return this.finalize(), this._$Eh && [...this._$Eh.keys()];
	}
	static createProperty(e, t = g) {
		if (t.state && (t.attribute = !1), this._$Ei(), this.prototype.hasOwnProperty(e) && ((t = Object.create(t)).wrapped = !0), this.elementProperties.set(e, t), !t.noAccessor) {
			let n = Symbol(), r = this.getPropertyDescriptor(e, n, t);
			r !== void 0 && l(this.prototype, e, r);
		}
	}
	static getPropertyDescriptor(e, t, n) {
		let { get: r, set: i } = u(this.prototype, e) ?? {
			get() {
				return this[t];
			},
			set(e) {
				this[t] = e;
			}
		};
		return {
			get: r,
			set(t) {
				let a = r?.call(this);
				i?.call(this, t), this.requestUpdate(e, a, n);
			},
			configurable: !0,
			enumerable: !0
		};
	}
	static getPropertyOptions(e) {
		return this.elementProperties.get(e) ?? g;
	}
	static _$Ei() {
		if (this.hasOwnProperty(m("elementProperties"))) return;
		let e = te(this);
		e.finalize(), e.l !== void 0 && (this.l = [...e.l]), this.elementProperties = new Map(e.elementProperties);
	}
	static finalize() {
		if (this.hasOwnProperty(m("finalized"))) return;
		if (this.finalized = !0, this._$Ei(), this.hasOwnProperty(m("properties"))) {
			let e = this.properties, t = [...d(e), ...ee(e)];
			for (let n of t) this.createProperty(n, e[n]);
		}
		let e = this[Symbol.metadata];
		if (e !== null) {
			let t = litPropertyMetadata.get(e);
			if (t !== void 0) for (let [e, n] of t) this.elementProperties.set(e, n);
		}
		this._$Eh = /* @__PURE__ */ new Map();
		for (let [e, t] of this.elementProperties) {
			let n = this._$Eu(e, t);
			n !== void 0 && this._$Eh.set(n, e);
		}
		this.elementStyles = this.finalizeStyles(this.styles);
	}
	static finalizeStyles(e) {
		let t = [];
		if (Array.isArray(e)) {
			let n = new Set(e.flat(1 / 0).reverse());
			for (let e of n) t.unshift(s(e));
		} else e !== void 0 && t.push(s(e));
		return t;
	}
	static _$Eu(e, t) {
		let n = t.attribute;
		return !1 === n ? void 0 : typeof n == "string" ? n : typeof e == "string" ? e.toLowerCase() : void 0;
	}
	constructor() {
		super(), this._$Ep = void 0, this.isUpdatePending = !1, this.hasUpdated = !1, this._$Em = null, this._$Ev();
	}
	_$Ev() {
		this._$ES = new Promise((e) => this.enableUpdating = e), this._$AL = /* @__PURE__ */ new Map(), this._$E_(), this.requestUpdate(), this.constructor.l?.forEach((e) => e(this));
	}
	addController(e) {
		(this._$EO ??= /* @__PURE__ */ new Set()).add(e), this.renderRoot !== void 0 && this.isConnected && e.hostConnected?.();
	}
	removeController(e) {
		this._$EO?.delete(e);
	}
	_$E_() {
		let e = /* @__PURE__ */ new Map(), t = this.constructor.elementProperties;
		for (let n of t.keys()) this.hasOwnProperty(n) && (e.set(n, this[n]), delete this[n]);
		e.size > 0 && (this._$Ep = e);
	}
	createRenderRoot() {
		let e = this.shadowRoot ?? this.attachShadow(this.constructor.shadowRootOptions);
		return o(e, this.constructor.elementStyles), e;
	}
	connectedCallback() {
		this.renderRoot ??= this.createRenderRoot(), this.enableUpdating(!0), this._$EO?.forEach((e) => e.hostConnected?.());
	}
	enableUpdating(e) {}
	disconnectedCallback() {
		this._$EO?.forEach((e) => e.hostDisconnected?.());
	}
	attributeChangedCallback(e, t, n) {
		this._$AK(e, n);
	}
	_$ET(e, t) {
		let n = this.constructor.elementProperties.get(e), r = this.constructor._$Eu(e, n);
		if (r !== void 0 && !0 === n.reflect) {
			let i = (n.converter?.toAttribute === void 0 ? h : n.converter).toAttribute(t, n.type);
			this._$Em = e, i == null ? this.removeAttribute(r) : this.setAttribute(r, i), this._$Em = null;
		}
	}
	_$AK(e, t) {
		let n = this.constructor, r = n._$Eh.get(e);
		if (r !== void 0 && this._$Em !== r) {
			let e = n.getPropertyOptions(r), i = typeof e.converter == "function" ? { fromAttribute: e.converter } : e.converter?.fromAttribute === void 0 ? h : e.converter;
			this._$Em = r;
			let a = i.fromAttribute(t, e.type);
			this[r] = a ?? this._$Ej?.get(r) ?? a, this._$Em = null;
		}
	}
	requestUpdate(e, t, n, r = !1, i) {
		if (e !== void 0) {
			let a = this.constructor;
			if (!1 === r && (i = this[e]), n ??= a.getPropertyOptions(e), !((n.hasChanged ?? ie)(i, t) || n.useDefault && n.reflect && i === this._$Ej?.get(e) && !this.hasAttribute(a._$Eu(e, n)))) return;
			this.C(e, t, n);
		}
		!1 === this.isUpdatePending && (this._$ES = this._$EP());
	}
	C(e, t, { useDefault: n, reflect: r, wrapped: i }, a) {
		n && !(this._$Ej ??= /* @__PURE__ */ new Map()).has(e) && (this._$Ej.set(e, a ?? t ?? this[e]), !0 !== i || a !== void 0) || (this._$AL.has(e) || (this.hasUpdated || n || (t = void 0), this._$AL.set(e, t)), !0 === r && this._$Em !== e && (this._$Eq ??= /* @__PURE__ */ new Set()).add(e));
	}
	async _$EP() {
		this.isUpdatePending = !0;
		try {
			await this._$ES;
		} catch (e) {
			Promise.reject(e);
		}
		let e = this.scheduleUpdate();
		return e != null && await e, !this.isUpdatePending;
	}
	scheduleUpdate() {
		return this.performUpdate();
	}
	performUpdate() {
		if (!this.isUpdatePending) return;
		if (!this.hasUpdated) {
			if (this.renderRoot ??= this.createRenderRoot(), this._$Ep) {
				for (let [e, t] of this._$Ep) this[e] = t;
				this._$Ep = void 0;
			}
			let e = this.constructor.elementProperties;
			if (e.size > 0) for (let [t, n] of e) {
				let { wrapped: e } = n, r = this[t];
				!0 !== e || this._$AL.has(t) || r === void 0 || this.C(t, void 0, n, r);
			}
		}
		let e = !1, t = this._$AL;
		try {
			e = this.shouldUpdate(t), e ? (this.willUpdate(t), this._$EO?.forEach((e) => e.hostUpdate?.()), this.update(t)) : this._$EM();
		} catch (t) {
			throw e = !1, this._$EM(), t;
		}
		e && this._$AE(t);
	}
	willUpdate(e) {}
	_$AE(e) {
		this._$EO?.forEach((e) => e.hostUpdated?.()), this.hasUpdated || (this.hasUpdated = !0, this.firstUpdated(e)), this.updated(e);
	}
	_$EM() {
		this._$AL = /* @__PURE__ */ new Map(), this.isUpdatePending = !1;
	}
	get updateComplete() {
		return this.getUpdateComplete();
	}
	getUpdateComplete() {
		return this._$ES;
	}
	shouldUpdate(e) {
		return !0;
	}
	update(e) {
		this._$Eq &&= this._$Eq.forEach((e) => this._$ET(e, this[e])), this._$EM();
	}
	updated(e) {}
	firstUpdated(e) {}
};
_.elementStyles = [], _.shadowRootOptions = { mode: "open" }, _[m("elementProperties")] = /* @__PURE__ */ new Map(), _[m("finalized")] = /* @__PURE__ */ new Map(), re?.({ ReactiveElement: _ }), (f.reactiveElementVersions ??= []).push("2.1.2");
// node_modules/lit-html/lit-html.js
var v = globalThis, ae = (e) => e, y = v.trustedTypes, oe = y ? y.createPolicy("lit-html", { createHTML: (e) => e }) : void 0, se = "$lit$", b = `lit$${Math.random().toFixed(9).slice(2)}$`, x = "?" + b, ce = `<${x}>`, S = document, C = () => S.createComment(""), w = (e) => e === null || typeof e != "object" && typeof e != "function", T = Array.isArray, le = (e) => T(e) || typeof e?.[Symbol.iterator] == "function", E = "[ 	\n\f\r]", D = /<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g, ue = /-->/g, O = />/g, k = RegExp(`>|${E}(?:([^\\s"'>=/]+)(${E}*=${E}*(?:[^ \t\n\f\r"'\`<>=]|("|')|))|$)`, "g"), de = /'/g, fe = /"/g, A = /^(?:script|style|textarea|title)$/i, j = (e) => (t, ...n) => ({
	_$litType$: e,
	strings: t,
	values: n
}), M = j(1), N = j(2), P = Symbol.for("lit-noChange"), F = Symbol.for("lit-nothing"), I = /* @__PURE__ */ new WeakMap(), L = S.createTreeWalker(S, 129);
function pe(e, t) {
	if (!T(e) || !e.hasOwnProperty("raw")) throw Error("invalid template strings array");
	return oe === void 0 ? t : oe.createHTML(t);
}
var me = (e, t) => {
	let n = e.length - 1, r = [], i, a = t === 2 ? "<svg>" : t === 3 ? "<math>" : "", o = D;
	for (let t = 0; t < n; t++) {
		let n = e[t], s, c, l = -1, u = 0;
		for (; u < n.length && (o.lastIndex = u, c = o.exec(n), c !== null);) u = o.lastIndex, o === D ? c[1] === "!--" ? o = ue : c[1] === void 0 ? c[2] === void 0 ? c[3] !== void 0 && (o = k) : (A.test(c[2]) && (i = RegExp("</" + c[2], "g")), o = k) : o = O : o === k ? c[0] === ">" ? (o = i ?? D, l = -1) : c[1] === void 0 ? l = -2 : (l = o.lastIndex - c[2].length, s = c[1], o = c[3] === void 0 ? k : c[3] === "\"" ? fe : de) : o === fe || o === de ? o = k : o === ue || o === O ? o = D : (o = k, i = void 0);
		let d = o === k && e[t + 1].startsWith("/>") ? " " : "";
		a += o === D ? n + ce : l >= 0 ? (r.push(s), n.slice(0, l) + se + n.slice(l) + b + d) : n + b + (l === -2 ? t : d);
	}
	return [pe(e, a + (e[n] || "<?>") + (t === 2 ? "</svg>" : t === 3 ? "</math>" : "")), r];
}, R = class e {
	constructor({ strings: t, _$litType$: n }, r) {
		let i;
		this.parts = [];
		let a = 0, o = 0, s = t.length - 1, c = this.parts, [l, u] = me(t, n);
		if (this.el = e.createElement(l, r), L.currentNode = this.el.content, n === 2 || n === 3) {
			let e = this.el.content.firstChild;
			e.replaceWith(...e.childNodes);
		}
		for (; (i = L.nextNode()) !== null && c.length < s;) {
			if (i.nodeType === 1) {
				if (i.hasAttributes()) for (let e of i.getAttributeNames()) if (e.endsWith(se)) {
					let t = u[o++], n = i.getAttribute(e).split(b), r = /([.?@])?(.*)/.exec(t);
					c.push({
						type: 1,
						index: a,
						name: r[2],
						strings: n,
						ctor: r[1] === "." ? ge : r[1] === "?" ? _e : r[1] === "@" ? ve : V
					}), i.removeAttribute(e);
				} else e.startsWith(b) && (c.push({
					type: 6,
					index: a
				}), i.removeAttribute(e));
				if (A.test(i.tagName)) {
					let e = i.textContent.split(b), t = e.length - 1;
					if (t > 0) {
						i.textContent = y ? y.emptyScript : "";
						for (let n = 0; n < t; n++) i.append(e[n], C()), L.nextNode(), c.push({
							type: 2,
							index: ++a
						});
						i.append(e[t], C());
					}
				}
			} else if (i.nodeType === 8) {
				if (i.data === x) c.push({
					type: 2,
					index: a
				});
				else {
					let e = -1;
					for (; (e = i.data.indexOf(b, e + 1)) !== -1;) c.push({
						type: 7,
						index: a
					}), e += b.length - 1;
				}
			}
			a++;
		}
	}
	static createElement(e, t) {
		let n = S.createElement("template");
		return n.innerHTML = e, n;
	}
};
function z(e, t, n = e, r) {
	if (t === P) return t;
	let i = r === void 0 ? n._$Cl : n._$Co?.[r], a = w(t) ? void 0 : t._$litDirective$;
	return i?.constructor !== a && (i?._$AO?.(!1), a === void 0 ? i = void 0 : (i = new a(e), i._$AT(e, n, r)), r === void 0 ? n._$Cl = i : (n._$Co ??= [])[r] = i), i !== void 0 && (t = z(e, i._$AS(e, t.values), i, r)), t;
}
var he = class {
	constructor(e, t) {
		this._$AV = [], this._$AN = void 0, this._$AD = e, this._$AM = t;
	}
	get parentNode() {
		return this._$AM.parentNode;
	}
	get _$AU() {
		return this._$AM._$AU;
	}
	u(e) {
		let { el: { content: t }, parts: n } = this._$AD, r = (e?.creationScope ?? S).importNode(t, !0);
		L.currentNode = r;
		let i = L.nextNode(), a = 0, o = 0, s = n[0];
		for (; s !== void 0;) {
			if (a === s.index) {
				let t;
				s.type === 2 ? t = new B(i, i.nextSibling, this, e) : s.type === 1 ? t = new s.ctor(i, s.name, s.strings, this, e) : s.type === 6 && (t = new ye(i, this, e)), this._$AV.push(t), s = n[++o];
			}
			a !== s?.index && (i = L.nextNode(), a++);
		}
		return L.currentNode = S, r;
	}
	p(e) {
		let t = 0;
		for (let n of this._$AV) n !== void 0 && (n.strings === void 0 ? n._$AI(e[t]) : (n._$AI(e, n, t), t += n.strings.length - 2)), t++;
	}
}, B = class e {
	get _$AU() {
		return this._$AM?._$AU ?? this._$Cv;
	}
	constructor(e, t, n, r) {
		this.type = 2, this._$AH = F, this._$AN = void 0, this._$AA = e, this._$AB = t, this._$AM = n, this.options = r, this._$Cv = r?.isConnected ?? !0;
	}
	get parentNode() {
		let e = this._$AA.parentNode, t = this._$AM;
		return t !== void 0 && e?.nodeType === 11 && (e = t.parentNode), e;
	}
	get startNode() {
		return this._$AA;
	}
	get endNode() {
		return this._$AB;
	}
	_$AI(e, t = this) {
		e = z(this, e, t), w(e) ? e === F || e == null || e === "" ? (this._$AH !== F && this._$AR(), this._$AH = F) : e !== this._$AH && e !== P && this._(e) : e._$litType$ === void 0 ? e.nodeType === void 0 ? le(e) ? this.k(e) : this._(e) : this.T(e) : this.$(e);
	}
	O(e) {
		return this._$AA.parentNode.insertBefore(e, this._$AB);
	}
	T(e) {
		this._$AH !== e && (this._$AR(), this._$AH = this.O(e));
	}
	_(e) {
		this._$AH !== F && w(this._$AH) ? this._$AA.nextSibling.data = e : this.T(S.createTextNode(e)), this._$AH = e;
	}
	$(e) {
		let { values: t, _$litType$: n } = e, r = typeof n == "number" ? this._$AC(e) : (n.el === void 0 && (n.el = R.createElement(pe(n.h, n.h[0]), this.options)), n);
		if (this._$AH?._$AD === r) this._$AH.p(t);
		else {
			let e = new he(r, this), n = e.u(this.options);
			e.p(t), this.T(n), this._$AH = e;
		}
	}
	_$AC(e) {
		let t = I.get(e.strings);
		return t === void 0 && I.set(e.strings, t = new R(e)), t;
	}
	k(t) {
		T(this._$AH) || (this._$AH = [], this._$AR());
		let n = this._$AH, r, i = 0;
		for (let a of t) i === n.length ? n.push(r = new e(this.O(C()), this.O(C()), this, this.options)) : r = n[i], r._$AI(a), i++;
		i < n.length && (this._$AR(r && r._$AB.nextSibling, i), n.length = i);
	}
	_$AR(e = this._$AA.nextSibling, t) {
		for (this._$AP?.(!1, !0, t); e !== this._$AB;) {
			let t = ae(e).nextSibling;
			ae(e).remove(), e = t;
		}
	}
	setConnected(e) {
		this._$AM === void 0 && (this._$Cv = e, this._$AP?.(e));
	}
}, V = class {
	get tagName() {
		return this.element.tagName;
	}
	get _$AU() {
		return this._$AM._$AU;
	}
	constructor(e, t, n, r, i) {
		this.type = 1, this._$AH = F, this._$AN = void 0, this.element = e, this.name = t, this._$AM = r, this.options = i, n.length > 2 || n[0] !== "" || n[1] !== "" ? (this._$AH = Array(n.length - 1).fill(/* @__PURE__ */ new String()), this.strings = n) : this._$AH = F;
	}
	_$AI(e, t = this, n, r) {
		let i = this.strings, a = !1;
		if (i === void 0) e = z(this, e, t, 0), a = !w(e) || e !== this._$AH && e !== P, a && (this._$AH = e);
		else {
			let r = e, o, s;
			for (e = i[0], o = 0; o < i.length - 1; o++) s = z(this, r[n + o], t, o), s === P && (s = this._$AH[o]), a ||= !w(s) || s !== this._$AH[o], s === F ? e = F : e !== F && (e += (s ?? "") + i[o + 1]), this._$AH[o] = s;
		}
		a && !r && this.j(e);
	}
	j(e) {
		e === F ? this.element.removeAttribute(this.name) : this.element.setAttribute(this.name, e ?? "");
	}
}, ge = class extends V {
	constructor() {
		super(...arguments), this.type = 3;
	}
	j(e) {
		this.element[this.name] = e === F ? void 0 : e;
	}
}, _e = class extends V {
	constructor() {
		super(...arguments), this.type = 4;
	}
	j(e) {
		this.element.toggleAttribute(this.name, !!e && e !== F);
	}
}, ve = class extends V {
	constructor(e, t, n, r, i) {
		super(e, t, n, r, i), this.type = 5;
	}
	_$AI(e, t = this) {
		if ((e = z(this, e, t, 0) ?? F) === P) return;
		let n = this._$AH, r = e === F && n !== F || e.capture !== n.capture || e.once !== n.once || e.passive !== n.passive, i = e !== F && (n === F || r);
		r && this.element.removeEventListener(this.name, this, n), i && this.element.addEventListener(this.name, this, e), this._$AH = e;
	}
	handleEvent(e) {
		typeof this._$AH == "function" ? this._$AH.call(this.options?.host ?? this.element, e) : this._$AH.handleEvent(e);
	}
}, ye = class {
	constructor(e, t, n) {
		this.element = e, this.type = 6, this._$AN = void 0, this._$AM = t, this.options = n;
	}
	get _$AU() {
		return this._$AM._$AU;
	}
	_$AI(e) {
		z(this, e);
	}
}, be = v.litHtmlPolyfillSupport;
be?.(R, B), (v.litHtmlVersions ??= []).push("3.3.3");
var xe = (e, t, n) => {
	let r = n?.renderBefore ?? t, i = r._$litPart$;
	if (i === void 0) {
		let e = n?.renderBefore ?? null;
		r._$litPart$ = i = new B(t.insertBefore(C(), e), e, void 0, n ?? {});
	}
	return i._$AI(e), i;
}, H = globalThis, U = class extends _ {
	constructor() {
		super(...arguments), this.renderOptions = { host: this }, this._$Do = void 0;
	}
	createRenderRoot() {
		let e = super.createRenderRoot();
		return this.renderOptions.renderBefore ??= e.firstChild, e;
	}
	update(e) {
		let t = this.render();
		this.hasUpdated || (this.renderOptions.isConnected = this.isConnected), super.update(e), this._$Do = xe(t, this.renderRoot, this.renderOptions);
	}
	connectedCallback() {
		super.connectedCallback(), this._$Do?.setConnected(!0);
	}
	disconnectedCallback() {
		super.disconnectedCallback(), this._$Do?.setConnected(!1);
	}
	render() {
		return P;
	}
};
U._$litElement$ = !0, U.finalized = !0, H.litElementHydrateSupport?.({ LitElement: U });
var Se = H.litElementPolyfillSupport;
Se?.({ LitElement: U }), (H.litElementVersions ??= []).push("4.2.2");
// src/api.ts
var Ce = 30, W = class extends Error {
	constructor(e, t = 0) {
		super(e), this.code = e, this.seconds = t;
	}
}, G = /* @__PURE__ */ new Map(), we = class {
	constructor(e, t) {
		this.server = e, this.memory = t;
	}
	start() {
		return this.call("GET", "start");
	}
	async history() {
		return this.memory.token ? (await this.call("GET", "history")).turns : [];
	}
	ask(e) {
		let t = G.get(e.key);
		if (t) return t;
		let n = this.post(e).finally(() => G.delete(e.key));
		return G.set(e.key, n), n;
	}
	async post({ key: e, text: t, option: n }) {
		let r = n ? {
			key: e,
			option: n
		} : {
			key: e,
			text: t
		};
		return this.memory.token || (this.memory.token = (await this.call("POST", "session", {})).token), this.call("POST", "message", r);
	}
	rate(e, t, n) {
		return this.call("POST", "feedback", {
			message: e,
			vote: t,
			word: n
		});
	}
	async forget() {
		this.memory.token && await this.call("DELETE", "conversation"), this.memory.token = "";
	}
	async call(e, t, n) {
		let r = {};
		n && (r["Content-Type"] = "application/json"), this.memory.token && (r.Authorization = `Bearer ${this.memory.token}`);
		let i = new AbortController(), a = setTimeout(() => i.abort(), Ce * 1e3), [o, s] = await (async () => {
			let a = await fetch(`${this.server}/api/${t}`, {
				method: e,
				headers: r,
				body: n ? JSON.stringify(n) : null,
				credentials: "omit",
				signal: i.signal
			});
			return [a, await a.json().catch(() => {
				if (i.signal.aborted) throw new W("slow");
				return null;
			})];
		})().catch(() => {
			throw new W(i.signal.aborted ? "slow" : navigator.onLine ? "unreachable" : "offline");
		}).finally(() => clearTimeout(a));
		if (o.ok && s) return s;
		let c = typeof s?.error == "string" ? s.error : "failed";
		throw c === "no_session" && (this.memory.token = ""), new W(c, Number(s?.retry_after ?? o.headers.get("Retry-After")) || 0);
	}
}, K = [
	"keydown",
	"keypress",
	"keyup",
	"beforeinput",
	"copy",
	"cut",
	"paste",
	"selectstart",
	"contextmenu",
	"wheel",
	"touchmove",
	"focusin",
	"focusout"
], Te = {
	capture: !0,
	passive: !0
}, Ee = class {
	constructor(e, t) {
		this.element = e, this.seen = t, this.end = (e) => {
			let t = e.composedPath();
			if (!t.includes(this.element)) return;
			e.stopImmediatePropagation();
			let n = t[0];
			e.defaultPrevented && De(e, n), this.seen(e, n);
		};
	}
	start() {
		for (let e of K) for (let t of [window, this.element]) t.addEventListener(e, this.end, e.startsWith("key") ? !0 : Te);
	}
	stop() {
		for (let e of K) for (let t of [window, this.element]) t.removeEventListener(e, this.end, !0);
	}
};
function De(e, t) {
	let { key: n, ctrlKey: r, metaKey: i, altKey: a, isComposing: o, keyCode: s } = e;
	if (!(e.type === "keyup" || !n || o || s === 229 || r || i || a)) {
		if (t.matches("button, a")) (n === "Enter" || n === " ") && t.click();
		else if (t.matches("textarea, input") && (n.length === 1 || n === "Backspace")) {
			let e = t, { selectionStart: r, selectionEnd: i } = e, a = n === "Backspace";
			e.setRangeText(a ? "" : n, a && r === i ? Math.max(0, r - 1) : r, i, "end"), e.dispatchEvent(new Event("input"));
		}
	}
}
// src/icons.ts
function q(e) {
	return M`<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${e}</svg>`;
}
var Oe = q(N`<path d="M4 5h16v11H11l-5 4v-4H4z"/><path d="M8 9h8M8 12h5"/>`), ke = q(N`<path d="M6 6l12 12M18 6L6 18"/>`), Ae = q(N`<path d="M5 7h14M5 12h14M5 17h14"/>`), je = q(N`<path d="M12 19V5M6 11l6-6 6 6"/>`), Me = q(N`<path d="M7 11v9H4v-9zM7 11l4-8c1.700 0 2.500 1.200 2.200 2.800L12.600 9H19c1.300 0 2 1 1.700 2.200l-1.600 7.300c-.2 1-.9 1.500-1.900 1.500H7"/>`), Ne = q(N`<path d="M17 13V4h3v9zM17 13l-4 8c-1.700 0-2.500-1.200-2.200-2.800l.6-3.200H5c-1.300 0-2-1-1.700-2.200l1.600-7.300c.2-1 .9-1.500 1.900-1.500H17"/>`), Pe = q(N`<path d="M9 9h11v11H9z"/><path d="M15 9V4H4v11h5"/>`), J = [];
function Fe(e) {
	let t = J.findIndex((e) => !e), n = t < 0 ? J.length : t;
	return J[n] = e, n;
}
function Ie(e) {
	J[J.indexOf(e)] = void 0;
	for (let e of J) e?.arrange();
}
function Le(e, t, n) {
	let r = J.slice(0, J.indexOf(e)).filter((t) => t?.position === e.position);
	t.style.setProperty("--before", String(r.length));
	let i = getComputedStyle(e), a = e.position === "left" ? i.insetInlineStart : i.insetInlineEnd;
	for (let [e, n] of [["--block", i.insetBlockEnd], ["--inline", a]]) n === "auto" ? t.style.removeProperty(e) : t.style.setProperty(e, n);
	e.position !== "inline" && t.showPopover && (n && t.matches(":popover-open") && t.hidePopover(), t.matches(":popover-open") || t.showPopover());
}
function Re(e, t) {
	let n = window.visualViewport;
	if (!n || t && n.width < document.documentElement.clientWidth - 1) return;
	let r = n.offsetTop + n.height, i = {
		"--top": `${n.offsetTop}px`,
		"--seen": `${n.height}px`,
		"--lift": `calc(100% - ${r}px)`
	};
	for (let [n, r] of Object.entries(i)) t ? e.style.setProperty(n, r) : e.style.removeProperty(n);
}
// src/links.ts
var ze = /(?:https?:\/\/|mailto:)[^\s<>"“”]*[^\s<>"“”.,;:!?)\]]/g;
function Y(e) {
	let t = [], n = 0;
	for (let r of e.matchAll(ze)) t.push(e.slice(n, r.index)), t.push(M`<a href=${r[0]} target="_blank" rel="noopener noreferrer">${r[0]}</a>`), n = r.index + r[0].length;
	return t.push(e.slice(n)), t;
}
function Be(e, t) {
	let n = e.flatMap((e) => e.custom?.citations ?? []);
	return [...new Set(n.filter((e) => e.document === t).map((e) => e.passage))].slice(-60);
}
function Ve(e, t, n, r, i) {
	let a = t.find((e) => e.name === r.document)?.url ?? `/reader/${encodeURIComponent(r.document)}`, o = new URL(e + a);
	return i !== "en" && o.searchParams.set("lang", i), o.searchParams.set("cited", Be(n, r.document).join(",")), o.hash = r.passage, o.href.replace(/%2C/g, ",");
}
// src/memory.ts
var X = /* @__PURE__ */ new Map(), He = class {
	constructor(e, t) {
		this.shared = e, this.own = t;
	}
	get token() {
		return Ue("localStorage", this.shared);
	}
	set token(e) {
		We("localStorage", this.shared, e);
	}
	get draft() {
		try {
			return JSON.parse(Ue("sessionStorage", this.own) || "{}");
		} catch {
			return {};
		}
	}
	keep(e) {
		We("sessionStorage", this.own, JSON.stringify({
			...this.draft,
			...e
		}));
	}
};
function Ue(e, t) {
	try {
		return X.get(e + t) ?? window[e].getItem(t) ?? "";
	} catch {
		return "";
	}
}
function We(e, t, n) {
	try {
		n ? window[e].setItem(t, n) : window[e].removeItem(t), X.delete(e + t);
	} catch {
		X.set(e + t, n);
	}
}
// src/plain.ts
function Ge(e, t) {
	let { custom: n } = e;
	if (!n) return e.messages.map((e) => e.text).join(" ");
	let r = [n.lead, ...Z(n).map((e) => `${e.quote} ${Q(e, t)}.`)];
	return n.nearest && r.push(n.nearest_lead, `${n.nearest.quote} ${Q(n.nearest, t)}.`), r.push(...n.notes ?? []), n.options?.length && r.push(t("answers", { count: n.options.length })), r.filter(Boolean).join(" ");
}
function Ke(e, t) {
	let { custom: n } = e;
	if (!n) return e.messages.map((e) => e.text).join("\n");
	let r = [n.lead, ...Z(n).map((e) => Ye(e, n.source, t))];
	return n.nearest && r.push(n.nearest_lead, Ye(n.nearest, n.source, t)), r.push(...n.notes ?? []), r.filter(Boolean).join("\n");
}
function qe(e, t, n) {
	let r = [
		n("download_title", { title: t }),
		(/* @__PURE__ */ new Date()).toISOString().slice(0, 10),
		""
	];
	for (let t of e) r.push(`${n("download_you")}: ${t.question}`, `${n("download_bot")}: ${Ke(t, n)}`, "");
	return r.join("\n");
}
function Je(e, t) {
	let n = document.createElement("a");
	n.href = URL.createObjectURL(new Blob([e], { type: "text/plain;charset=utf-8" })), n.download = t, n.click(), setTimeout(() => URL.revokeObjectURL(n.href), 1e4);
}
function Z(e) {
	return e.citations ?? [];
}
function Q(e, t) {
	return t("where", {
		paragraph: e.paragraph,
		sentence: e.sentence
	});
}
function Ye(e, t, n) {
	let r = [
		t?.title,
		t?.issuer,
		t?.date,
		Q(e, n)
	].filter(Boolean).join(", ");
	return `“${e.quote}”\n(${r})`;
}
// src/texts.ts
var $ = {
	en: {
		direction: "ltr",
		launcher: "Ask the statement",
		title: "Ask the statement",
		close: "Close",
		menu: "More",
		conversation: "Conversation",
		welcome: "Ask, and read the answer in the statement’s own words.",
		welcome_about: "“{title}”[, {issuer}][, {date}].",
		suggestions: "For instance",
		disclosure: "This is a bot. It only quotes the statement and does not speak for its issuer. What you type may be stored for up to {days} days.",
		read_statement: "Read the whole statement",
		question: "Your question",
		placeholder: "Your question…",
		send: "Send",
		you: "You:",
		bot: "Answer:",
		typing: "Looking it up…",
		slow: "This is taking longer than usual. Please bear with it.",
		where: "Paragraph {paragraph}, sentence {sentence}",
		in_context: "Read in context",
		new_tab: "(opens in a new tab)",
		options: "You could ask",
		helpful: "Helpful",
		not_helpful: "Not helpful",
		word_label: "What could be better? (optional)",
		word_label_up: "What was good? (optional)",
		word_send: "Send",
		word_thanks: "Thank you. Your word is kept with this answer.",
		copy: "Copy",
		copied: "Copied.",
		copy_failed: "Your browser does not allow copying here.",
		download: "Download as text",
		restart: "Start over",
		delete: "Delete my conversation",
		delete_ask: "Delete this conversation for good? It cannot be brought back.",
		delete_yes: "Delete",
		delete_no: "Keep it",
		deleted: "Your conversation has been deleted.",
		new_answer: "New answer",
		not_answered: "Not answered",
		retry: "Try again",
		edit: "Change the question",
		offline: "You are offline. Your question is kept and will be sent when you are back.",
		unreachable: "The server cannot be reached. Your question is kept.",
		rate_limited: "That was a lot of questions at once. You can go on in {seconds} seconds.",
		failed: "Something went wrong on the server. Your question is kept.",
		slow_failed: "No answer came in time. Your question is kept.",
		no_session: "The earlier conversation is no longer stored. Your question is kept.",
		origin: "This page is not allowed to use the assistant.",
		too_long: "{count} of {most} characters: please shorten your question.",
		left: "{count} characters left",
		empty: "There are no words in this question.",
		unknown_option: "This suggestion is no longer offered.",
		no_history: "The earlier messages could not be loaded.",
		answers: "{count} suggestions follow.",
		download_title: "Conversation about “{title}”",
		download_you: "You",
		download_bot: "Answer"
	},
	sq: {
		direction: "ltr",
		launcher: "Pyet deklaratën",
		title: "Pyet deklaratën",
		close: "Mbyll",
		menu: "Më shumë",
		conversation: "Biseda",
		welcome: "Pyet dhe lexo përgjigjen me vetë fjalët e deklaratës.",
		welcome_about: "“{title}”[, {issuer}][, {date}].",
		suggestions: "Për shembull (pyetjet bëhen në anglisht)",
		disclosure: "Ky është një robot. Ai vetëm citon deklaratën dhe nuk flet në emër të autorit të saj. Deklarata dhe përgjigjet janë në anglisht. Ajo që shkruani mund të ruhet deri në {days} ditë.",
		read_statement: "Lexo deklaratën e plotë",
		question: "Pyetja juaj",
		placeholder: "Pyetja juaj…",
		send: "Dërgo",
		you: "Ju:",
		bot: "Përgjigjja:",
		typing: "Po kërkohet…",
		slow: "Po zgjat më shumë se zakonisht. Ju lutemi, prisni pak.",
		where: "Paragrafi {paragraph}, fjalia {sentence}",
		in_context: "Lexo në kontekst",
		new_tab: "(hapet në një skedë të re)",
		options: "Mund të pyesni",
		helpful: "E dobishme",
		not_helpful: "E padobishme",
		word_label: "Çfarë mund të ishte më mirë? (sipas dëshirës)",
		word_label_up: "Çfarë ju pëlqeu? (sipas dëshirës)",
		word_send: "Dërgo",
		word_thanks: "Faleminderit. Fjala juaj ruhet bashkë me këtë përgjigje.",
		copy: "Kopjo",
		copied: "U kopjua.",
		copy_failed: "Shfletuesi juaj nuk e lejon kopjimin këtu.",
		download: "Shkarko si tekst",
		restart: "Fillo nga e para",
		delete: "Fshi bisedën time",
		delete_ask: "Të fshihet kjo bisedë përgjithmonë? Ajo nuk mund të rikthehet.",
		delete_yes: "Fshi",
		delete_no: "Mbaje",
		deleted: "Biseda juaj u fshi.",
		new_answer: "Përgjigje e re",
		not_answered: "Pa përgjigje",
		retry: "Provo përsëri",
		edit: "Ndrysho pyetjen",
		offline: "Nuk keni lidhje interneti. Pyetja juaj ruhet dhe do të dërgohet kur të rilidheni.",
		unreachable: "Serveri nuk përgjigjet. Pyetja juaj ruhet.",
		rate_limited: "Shumë pyetje njëherësh. Mund të vazhdoni pas {seconds} sekondash.",
		failed: "Diçka shkoi keq në server. Pyetja juaj ruhet.",
		slow_failed: "Përgjigjja nuk erdhi në kohë. Pyetja juaj ruhet.",
		no_session: "Biseda e mëparshme nuk ruhet më. Pyetja juaj ruhet.",
		origin: "Kjo faqe nuk ka leje ta përdorë asistentin.",
		too_long: "{count} nga {most} shenja: ju lutemi, shkurtojeni pyetjen.",
		left: "Mbeten {count} shenja",
		empty: "Në këtë pyetje nuk ka fjalë.",
		unknown_option: "Ky sugjerim nuk ofrohet më.",
		no_history: "Mesazhet e mëparshme nuk u ngarkuan dot.",
		answers: "Vijojnë {count} sugjerime.",
		download_title: "Bisedë për “{title}”",
		download_you: "Ju",
		download_bot: "Përgjigjja"
	}
};
function Xe(e) {
	let t = e.toLowerCase().split("-")[0] ?? "";
	return t in $ ? t : "en";
}
function Ze(e) {
	return $[e]?.direction ?? "ltr";
}
function Qe(e) {
	let t = $[e];
	return (e, n = {}) => (t?.[e] ?? $.en?.[e] ?? e).replace(/\[([^[\]]*\{(\w+)\}[^[\]]*)\]/g, (e, t, r) => n[r] ? t : "").replace(/\{(\w+)\}/g, (e, t) => String(n[t] ?? e));
}
// src/widget.css?inline
var $e = ":host{--ground:#f7f5f0;--paper:#fffefb;--ink:#1b2430;--muted:#56606d;--line:#ded9cd;--edge:#858b95;--accent:#8c1d2f;--navy:#1b2a41;--on-navy:#fff;--band:#1b2a41;--on-band:#fff;--warn:#fdf1dc;--warn-ink:#5f4206;--serif:Charter, \"Charis SIL\", \"Iowan Old Style\", \"Source Serif 4\", \"Palatino Linotype\", Palatino, Georgia, \"Liberation Serif\", serif;--sans:Inter, system-ui, -apple-system, \"Segoe UI\", Roboto, \"Liberation Sans\", sans-serif;--scheme:light;--rem:16px;inset-block-end:calc(1.25 * var(--rem));inset-inline-end:calc(1.25 * var(--rem));display:contents!important}:host([position=left]){inset-inline:calc(1.25 * var(--rem)) auto}:host([position=inline]){block-size:calc(40 * var(--rem));opacity:1!important;visibility:visible!important;float:none!important;filter:none!important;clip-path:none!important;columns:auto!important;display:block!important;position:static!important;overflow:visible!important;transform:none!important}:host([hidden]),:host([style*=\"display: none\"]){display:none!important}:host([theme=dark]){--ground:#12161c;--paper:#1a2029;--ink:#e9e5dc;--muted:#a7b0bc;--line:#333b47;--edge:#79828f;--accent:#f2a3a7;--navy:#cfdaec;--on-navy:#12161c;--band:#0c1016;--on-band:#f3f0e9;--warn:#3a2f16;--warn-ink:#f4dca6;--scheme:dark}@media (prefers-color-scheme:dark){:host(:not([theme=light])){--ground:#12161c;--paper:#1a2029;--ink:#e9e5dc;--muted:#a7b0bc;--line:#333b47;--edge:#79828f;--accent:#f2a3a7;--navy:#cfdaec;--on-navy:#12161c;--band:#0c1016;--on-band:#f3f0e9;--warn:#3a2f16;--warn-ink:#f4dca6;--scheme:dark}}*,:before,:after{box-sizing:border-box}.frame{all:initial;--top:0px;--seen:100dvh;--lift:0px;z-index:2147483000;pointer-events:none;font:calc(1 * var(--rem))/1.5 var(--sans);color:var(--ink);color-scheme:var(--scheme);-webkit-user-select:text;user-select:text;-moz-text-size-adjust:100%;text-size-adjust:100%;display:block;position:fixed;inset-block-end:calc(var(--lift) + var(--block,calc(1.25 * var(--rem))));inset-inline-end:var(--inline,calc(1.25 * var(--rem)));overflow:visible}:host([position=left]) .frame{inset-inline:var(--inline,calc(1.25 * var(--rem))) auto}:host([position=inline]) .frame{block-size:100%;position:static}.launcher,dialog{pointer-events:auto}[hidden]{display:none!important}p,ol,figure,blockquote,h2{margin:0;padding:0}button,input,textarea{font:inherit;color:inherit}button{cursor:pointer;min-block-size:calc(2.25 * var(--rem));background:0 0;border:0}button[aria-disabled=true]{cursor:default;opacity:.55}svg{flex:none;display:block}a{color:var(--accent);text-underline-offset:.18em}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}.vh{clip-path:inset(50%);white-space:nowrap;block-size:1px;inline-size:1px;margin:-1px;position:absolute;overflow:hidden}#live{font-size:medium}.launcher{align-items:center;gap:calc(.6 * var(--rem));padding:calc(.8 * var(--rem)) calc(1.25 * var(--rem)) calc(.8 * var(--rem)) calc(1.05 * var(--rem));background:var(--band);color:var(--on-band);border:1px solid var(--edge);border-radius:99px;margin-block-end:calc(var(--before,0) * calc(4 * var(--rem)));font-weight:600;display:flex;box-shadow:0 4px 18px #00000038}.news{padding:0 calc(.6 * var(--rem));background:var(--on-band);color:var(--band);font-size:calc(.875 * var(--rem));white-space:nowrap;border-radius:99px}.launcher:hover span{text-underline-offset:.2em;text-decoration:underline}@media (width<=30rem){.launcher{padding:calc(.9 * var(--rem))}.launcher span{clip-path:inset(50%);white-space:nowrap;block-size:1px;inline-size:1px;position:absolute;overflow:hidden}}dialog{inline-size:min(calc(26.5 * var(--rem)), calc(100vw - calc(2.5 * var(--rem))));block-size:min(calc(44 * var(--rem)), calc(var(--seen) - calc(2.5 * var(--rem))));border:1px solid var(--line);background:var(--ground);max-block-size:none;max-inline-size:none;color:var(--ink);border-radius:8px;margin:0;padding:0;position:absolute;inset:auto;inset-block-end:0;inset-inline-end:0;overflow:hidden;box-shadow:0 12px 48px #0a101a3d}dialog[open]{flex-direction:column;display:flex}:host([position=left]) dialog{inset-inline:0 auto}:host([position=inline]) dialog{block-size:100%;inline-size:100%;box-shadow:none;position:static}dialog::backdrop{background:0 0}dialog:modal{inset:var(--top) 0 auto;inline-size:100vw;block-size:var(--seen);box-shadow:none;border:0;border-radius:0;position:fixed}header{gap:0 calc(.5 * var(--rem));padding:calc(.85 * var(--rem)) calc(.6 * var(--rem)) calc(.8 * var(--rem)) calc(1.15 * var(--rem));background:var(--band);color:var(--on-band);z-index:1;border-block-end:3px solid #b3283d;grid-template-columns:minmax(0,1fr) auto;display:grid;position:relative}h2{font:600 calc(1.1875 * var(--rem))/1.3 var(--serif)}h2:focus{outline:none}.source{font-size:calc(.8125 * var(--rem));color:#c6cedb;grid-column:1;min-block-size:1.4em;line-height:1.4}.tools{grid-area:1/2/span 2;align-items:start;display:flex}.icon{inline-size:calc(2.25 * var(--rem));block-size:calc(2.25 * var(--rem));border-radius:4px;place-items:center;display:grid}.icon:hover{background:#80808033}header .icon:focus-visible,header #menu button:focus-visible{outline-offset:-3px;outline-color:currentColor}#menu{min-inline-size:calc(14 * var(--rem));max-inline-size:calc(100% - calc(1.2 * var(--rem)));padding:calc(.35 * var(--rem));background:var(--paper);color:var(--ink);border:1px solid var(--line);border-radius:6px;position:absolute;inset-block-start:calc(100% - calc(.3 * var(--rem)));inset-inline-end:calc(.6 * var(--rem));box-shadow:0 8px 28px #00000038}#menu button{inline-size:100%;padding:calc(.5 * var(--rem)) calc(.8 * var(--rem));text-align:start;border-radius:4px;display:block}#menu button:hover{background:var(--ground)}#menu p{padding:calc(.5 * var(--rem)) calc(.8 * var(--rem))}#menu .danger{color:var(--accent);font-weight:600}.talk{overscroll-behavior:contain;min-block-size:0;padding:calc(1.15 * var(--rem));scroll-behavior:smooth;flex:1;position:relative;overflow-y:auto}.talk:focus-visible{outline-offset:-3px}ol{gap:calc(.9 * var(--rem));flex-direction:column;list-style:none;display:flex}.question{max-inline-size:85%;align-self:end;margin-block-start:calc(.5 * var(--rem))}.question p{padding:calc(.55 * var(--rem)) calc(.9 * var(--rem));background:var(--navy);color:var(--on-navy);white-space:pre-wrap;overflow-wrap:anywhere;border-radius:12px 12px 3px}.answer{gap:calc(.6 * var(--rem));flex-direction:column;min-inline-size:0;display:flex}.lead,.note,.told{overflow-wrap:anywhere;white-space:pre-line}.nearest{color:var(--muted);font-size:calc(.9375 * var(--rem));margin-block-start:calc(.2 * var(--rem))}.beside,.doubt{gap:calc(.6 * var(--rem));flex-direction:column;display:flex}.doubt{border-inline-start:2px dashed var(--muted);padding-inline-start:calc(.75 * var(--rem))}.note{font-size:calc(.875 * var(--rem));color:var(--muted);padding-inline-start:calc(3.55 * var(--rem))}figure{grid-template-columns:calc(2.5 * var(--rem)) minmax(0, 1fr);background:var(--paper);border:1px solid var(--line);border-radius:4px;display:grid}.margin{padding:calc(.95 * var(--rem)) 0 0;text-align:center;color:var(--accent);border-inline-end:1px solid var(--line);font:600 calc(1.125 * var(--rem))/calc(1.62 * var(--rem)) var(--serif);font-variant-numeric:oldstyle-nums;grid-row:1/span 2}blockquote{padding:calc(.9 * var(--rem)) calc(1 * var(--rem)) calc(.35 * var(--rem));font:calc(1.0625 * var(--rem))/1.55 var(--serif);overflow-wrap:anywhere}figcaption{gap:0 calc(.9 * var(--rem));padding:0 calc(1 * var(--rem)) calc(.7 * var(--rem));font-size:calc(.8125 * var(--rem));color:var(--muted);flex-wrap:wrap;display:flex}figcaption>*{min-block-size:calc(1.5 * var(--rem));align-items:center;display:inline-flex}.acts{gap:calc(.1 * var(--rem));margin:calc(-.25 * var(--rem)) calc(-.45 * var(--rem));color:var(--muted);display:flex}.acts .icon{inline-size:calc(2 * var(--rem));block-size:calc(2 * var(--rem));min-block-size:0}.acts svg{inline-size:calc(1.0625 * var(--rem));block-size:calc(1.0625 * var(--rem))}.acts [aria-pressed=true]{color:var(--accent);background:var(--paper);box-shadow:inset 0 0 0 1px}.word{gap:calc(.3 * var(--rem)) calc(.5 * var(--rem));font-size:calc(.875 * var(--rem));grid-template-columns:minmax(0,1fr) auto;display:grid}.word label{grid-column:1/-1}.word input{font-size:max(16px, calc(1 * var(--rem)));padding:calc(.4 * var(--rem)) calc(.6 * var(--rem));border:1px solid var(--edge);background:var(--paper);border-radius:4px;min-inline-size:0}.word button,.trouble button{padding:calc(.3 * var(--rem)) calc(.9 * var(--rem));border:1px solid var(--edge);background:var(--paper);font-weight:600;font-size:calc(.875 * var(--rem));border-radius:4px}.options{flex-direction:column;display:flex}.options p{font-size:calc(.8125 * var(--rem));color:var(--muted);padding-block-end:calc(.3 * var(--rem));font-weight:600}.options button{justify-content:space-between;align-items:center;gap:calc(.75 * var(--rem));padding:calc(.55 * var(--rem)) calc(.1 * var(--rem));text-align:start;min-block-size:calc(2.75 * var(--rem));border-block-start:1px solid var(--line);color:var(--ink);overflow-wrap:anywhere;line-height:1.4;display:flex}.options button:last-child{border-block-end:1px solid var(--line)}.options button:after{content:\"→\";color:var(--accent);flex:none;transition:translate .15s}.words:is(:lang(ae),:lang(ar),:lang(arc),:lang(bcc),:lang(bqi),:lang(ckb),:lang(dv),:lang(fa),:lang(glk),:lang(he),:lang(ku),:lang(mzn),:lang(nqo),:lang(pnb),:lang(ps),:lang(sd),:lang(ug),:lang(ur),:lang(yi)) .options button:after{content:\"←\"}.options button:hover span{text-decoration:underline;-webkit-text-decoration-color:var(--accent);text-decoration-color:var(--accent);text-underline-offset:.2em}.options button:hover:after{translate:3px}.options.quiet button{min-block-size:calc(2.25 * var(--rem));padding-block:calc(.3 * var(--rem));color:var(--muted);font-size:calc(.9375 * var(--rem))}.welcome{gap:calc(.85 * var(--rem));flex-direction:column;min-block-size:100%;display:flex}.hello{font:calc(1.4375 * var(--rem))/1.32 var(--serif);letter-spacing:-.006em;text-wrap:balance;padding-block-start:calc(.4 * var(--rem))}.about{color:var(--muted);font-size:calc(.9375 * var(--rem))}.welcome .options{margin-block-start:calc(.5 * var(--rem))}.disclosure{font-size:calc(.8125 * var(--rem));color:var(--muted);margin-block-start:auto;padding-block-start:calc(.75 * var(--rem))}.typing{align-items:center;gap:calc(.6 * var(--rem));color:var(--muted);font-size:calc(.875 * var(--rem));display:flex}.dots{gap:calc(.25 * var(--rem));display:flex}.dots i{inline-size:calc(.375 * var(--rem));block-size:calc(.375 * var(--rem));background:currentColor;border-radius:50%;animation:1.2s ease-in-out infinite breathe}.dots i:nth-child(2){animation-delay:.15s}.dots i:nth-child(3){animation-delay:.3s}@keyframes breathe{0%,70%,to{opacity:.3}35%{opacity:1}}.trouble{background:var(--warn);color:var(--warn-ink);padding:calc(.75 * var(--rem)) calc(.9 * var(--rem));font-size:calc(.9375 * var(--rem));border-radius:4px}.trouble button{margin:calc(.5 * var(--rem)) calc(.5 * var(--rem)) 0 0;color:var(--ink)}.told{margin:calc(.9 * var(--rem)) calc(-1.15 * var(--rem)) calc(-1.15 * var(--rem));padding:calc(.6 * var(--rem)) calc(1.15 * var(--rem));background:var(--ground);font-size:calc(.875 * var(--rem));color:var(--muted);position:sticky;inset-block-end:calc(-1.15 * var(--rem))}.words{display:contents}.words>form{gap:0 calc(.5 * var(--rem));padding:calc(.7 * var(--rem)) calc(.8 * var(--rem));background:var(--paper);border-block-start:1px solid var(--line);grid-template-columns:minmax(0,1fr) auto;align-items:end;display:grid}textarea{resize:none;padding:calc(.6 * var(--rem)) calc(.8 * var(--rem));min-block-size:calc(2.75 * var(--rem));max-block-size:calc(9 * var(--rem));border:1px solid var(--edge);background:var(--ground);font-size:max(16px, calc(1 * var(--rem)));border-radius:6px;inline-size:100%;line-height:1.45}textarea::placeholder{color:var(--muted);opacity:1}textarea:focus-visible{outline-offset:-1px;border-color:#0000;outline-width:2px}.send{inline-size:calc(2.75 * var(--rem));block-size:calc(2.75 * var(--rem));background:var(--navy);color:var(--on-navy);border-radius:6px;place-items:center;display:grid}.send:hover{opacity:.9}#count{font-size:calc(.8125 * var(--rem));color:var(--muted);grid-column:1/-1}#count.wrong{color:var(--accent);font-weight:600}@media (prefers-reduced-motion:reduce){*,:before,:after{scroll-behavior:auto!important;transition:none!important;animation:none!important}}@media (forced-colors:active){.question p,.send,.launcher,.acts [aria-pressed=true]{border:1px solid}}@media print{:host{display:none!important}}", et = 300, tt = 6e3, nt = 200, rt = 4e3, it = 48, at = class extends U {
	static {
		this.styles = a($e);
	}
	static {
		this.properties = {
			open: {
				type: Boolean,
				reflect: !0
			},
			lang: { type: String },
			theme: {
				type: String,
				reflect: !0
			},
			position: {
				type: String,
				reflect: !0
			},
			server: { type: String },
			turns: { state: !0 },
			first: { state: !0 },
			pending: { state: !0 },
			trouble: { state: !0 },
			typing: { state: !0 },
			slow: { state: !0 },
			menu: { state: !0 },
			confirming: { state: !0 },
			told: { state: !0 },
			news: { state: !0 },
			wording: { state: !0 },
			length: { state: !0 },
			over: { state: !0 }
		};
	}
	constructor() {
		super(), this.guard = new Ee(this, (e, t) => this.seen(e, t)), this.busy = !1, this.speech = 0, this.focused = null, this.held = null, this.inMenu = !1, this.following = !0, this.phone = matchMedia("(max-width: 30rem), (max-height: 26rem)"), this.hide = async () => {
			this.toggle(!1), await this.updateComplete, this.find(".launcher")?.focus();
		}, this.cancel = (e) => {
			e.preventDefault();
		}, this.arrange = () => {
			let e = this.find("dialog");
			if (!e || !this.isConnected) return;
			let t = this.open || this.position === "inline", n = this.phone.matches && this.position !== "inline" && "showModal" in e, r = this.find(".frame");
			Le(this, r, t && !e.open), Re(r, t);
			let i = this.shadowRoot?.activeElement;
			e.open && (!t || e.matches(":modal") !== n) && e.close(), t && !e.open && (n ? e.showModal() : e.open = !0, i?.focus());
		}, this.scrolled = (e) => {
			let t = e.target;
			t.scrollHeight - t.scrollTop - t.clientHeight < it ? this.following = !0 : t.scrollTop < (this.top ?? 0) && (this.following = !1), this.top = t.scrollTop;
		}, this.back = () => {
			this.pending && !this.busy ? this.again() : this.open && this.load();
		}, this.submit = async (e) => {
			e?.preventDefault();
			let t = this.box.value.trim();
			!t || this.over || this.busy || (this.box.value = "", this.measure(), e && this.box.focus(), await this.send({ text: t }));
		}, this.again = async () => {
			this.pending && await this.attempt(this.pending);
		}, this.edit = async () => {
			let e = this.pending?.text ?? "";
			this.settle(), this.box.value = e, this.measure(), this.box.focus();
		}, this.download = () => {
			if (!this.turns.length) return;
			let e = this.first?.documents[0]?.title ?? this.t("title");
			Je(qe(this.turns, e, this.t), "conversation.txt"), this.menu = !1;
		}, this.restart = async () => {
			this.turns.length && await this.send({
				option: "restart",
				text: this.t("restart")
			});
		}, this.forget = async () => {
			this.menu = this.confirming = !1;
			try {
				await this.api.forget();
			} catch (e) {
				if (!(e instanceof W && e.code === "no_session")) return this.tell(this.t("failed"));
			}
			this.settle(), this.turns = [], this.tell(this.t("deleted")), this.broadcast("deleted");
		}, this.typed = () => {
			this.memory.keep({ text: this.box.value }), this.measure();
		}, this.open = !1, this.theme = "auto", this.position = "right", this.server = "", this.turns = [], this.first = null, this.pending = null, this.trouble = this.told = this.news = this.wording = "", this.typing = this.slow = this.menu = this.confirming = this.over = !1, this.length = 0;
	}
	connectedCallback() {
		super.connectedCallback(), this.server = (this.server || new URL(".", "" + import.meta.url).href).replace(/\/+$/, "");
		let e = `albania-nato-chat ${this.server}`, t = Fe(this);
		this.memory = new He(e, t ? `${e} ${t + 1}` : e), this.api = new we(this.server, this.memory), this.channel = ot(e), this.channel && (this.channel.onmessage = ({ data: e }) => this.elsewhere(e)), this.guard.start(), addEventListener("online", this.back), addEventListener("load", this.arrange), addEventListener("resize", this.arrange);
		for (let e of ["resize", "scroll"]) window.visualViewport?.addEventListener(e, this.arrange);
		this.phone.addEventListener("change", this.arrange);
		let { open: n, pending: r, failed: i } = this.memory.draft;
		this.open = n ?? this.open, !r || this.busy ? (this.open || this.memory.token) && this.load() : this.resume(r, i), this.hasUpdated && (this.arrange(), this.restore(this.top), this.focused?.focus());
	}
	disconnectedCallback() {
		super.disconnectedCallback(), this.channel?.close(), this.channel = void 0, this.guard.stop(), Ie(this), removeEventListener("online", this.back), removeEventListener("load", this.arrange), removeEventListener("resize", this.arrange);
		for (let e of ["resize", "scroll"]) window.visualViewport?.removeEventListener(e, this.arrange);
		this.phone.removeEventListener("change", this.arrange);
	}
	async ask(e) {
		await this.show(), await this.loaded, await this.send("option" in e ? e : { text: e.text });
	}
	async show() {
		this.toggle(!0), await this.updateComplete, this.home();
	}
	render() {
		let e = this.t, t = this.position === "inline", n = M`<p class="vh" role="status" aria-live="polite" id="live" lang=${this.language}></p>`;
		return M`<div class="frame" popover=${t ? F : "manual"}>
      ${t ? F : M`<button class="launcher" part="launcher" aria-expanded=${this.open} @click=${this.show} ?hidden=${this.open}>
            ${Oe}<span>${e("launcher")}</span>${this.news ? M` <b class="news">${this.news}</b>` : F}
          </button>`}
      <dialog part="panel" aria-labelledby="title" @cancel=${this.cancel}>
        <div class="words" dir=${Ze(this.language)} lang=${this.language}>
        <header>
          <h2 id="title" tabindex="-1">${e("title")}</h2>
          <p class="source">${this.sourceLine}</p>
          <div class="tools">
            <button class="icon" aria-expanded=${this.menu} aria-controls="menu" @click=${() => this.menu = !this.menu} title=${e("menu")}>
              ${Ae}<span class="vh">${e("menu")}</span>
            </button>
            ${t ? F : M`<button class="icon" @click=${this.hide} title=${e("close")}>${ke}<span class="vh">${e("close")}</span></button>`}
          </div>
          <div id="menu" ?hidden=${!this.menu}>${this.menu ? this.menuItems() : F}</div>
        </header>
        <div class="talk" tabindex="0" role="region" aria-label=${e("conversation")} @scroll=${this.scrolled}>
          ${this.turns.length || this.pending ? F : this.welcome()}
          <ol ?hidden=${!this.turns.length && !this.pending}>
            ${this.turns.map((e, t) => this.turn(e, t === this.turns.length - 1))} ${this.pending ? this.waiting(this.pending) : F}
          </ol>
          ${this.told ? M`<p class="told">${this.told}</p>` : F}
        </div>
        <form @submit=${this.submit} novalidate>
          <label class="vh" for="question">${e("question")}</label>
          <textarea
            id="question"
            rows="1"
            placeholder=${e("placeholder")}
            enterkeyhint="send"
            aria-describedby="count"
            aria-invalid=${this.over}
            @input=${this.typed}
          ></textarea>
          <button class="send" aria-disabled=${this.busy || this.over} title=${e("send")}>${je}<span class="vh">${e("send")}</span></button>
          <p id="count" class=${this.over ? "wrong" : ""}>${this.count()}</p>
        </form>
        ${this.open || t ? n : F}
        </div>
      </dialog>
      ${this.open || t ? F : n}
    </div>`;
	}
	welcome() {
		let e = this.t;
		return M`<div class="welcome">
      <p class="hello">${e("welcome")}</p>
      ${this.first?.documents.map((t) => M`<p class="about">
            ${e("welcome_about", t)}
            <a href=${this.server + t.url} target="_blank" rel="noopener">${e("read_statement")}<span class="vh"> ${e("new_tab")}</span></a>
          </p>`)}
      ${this.first?.suggestions.length ? this.options(e("suggestions"), this.first.suggestions) : F}
      <p class="disclosure">${this.first ? e("disclosure", { days: this.first.retention_days }) : F}</p>
    </div>`;
	}
	turn(e, t) {
		return M`${this.asked(e.question)}
      <li class="answer" data-id=${e.id}>
        <span class="vh">${this.t("bot")} </span>
        ${this.answer(e)}${this.acts(e)}
        ${e.custom?.options?.length ? this.options(this.t("options"), e.custom.options, !t) : F}
      </li>`;
	}
	asked(e) {
		return M`<li class="question"><span class="vh">${this.t("you")} </span><p dir="auto">${e}</p></li>`;
	}
	answer({ custom: e, messages: t }) {
		return e ? M`${e.lead ? M`<p class="lead">${Y(e.lead)}</p>` : F}
      ${Z(e).map((e) => this.quote(e))}
      ${e.nearest ? M`<div class=${e.outcome === "closest" ? "doubt" : "beside"}>
            <p class="lead nearest">${e.nearest_lead}</p>
            ${this.quote(e.nearest)}
          </div>` : F}
      ${e.notes?.map((e) => M`<p class="note">${Y(e)}</p>`)}` : M`${t.map((e) => M`<p class="lead">${Y(e.text)}</p>`)}`;
	}
	quote(e) {
		let t = this.t, n = this.first?.documents.find((t) => t.name === e.document), r = Ve(this.server, this.first?.documents ?? [], this.turns, e, this.language), i = this.isHere(e), a = (this.first?.documents.length ?? 0) > 1 && n ? `${n.title} · ` : "";
		return M`<figure>
      <span class="margin" aria-hidden="true">${e.paragraph}</span>
      <blockquote lang=${n?.language ?? "en"} dir="auto"><p>${e.quote}</p></blockquote>
      <figcaption>
        <span>${a}${Q(e, t)}</span>
        <a
          href=${r}
          target=${i ? F : "_blank"}
          rel="noopener"
          @click=${(t) => i && this.jump(t, e)}
          >${t("in_context")}<span class="vh">: ${Q(e, t)} ${i ? "" : t("new_tab")}</span></a
        >
      </figcaption>
    </figure>`;
	}
	options(e, t, n = !1) {
		return M`<div class="options ${n ? "quiet" : ""}" role="group" aria-label=${e}>
      <p aria-hidden="true">${e}</p>
      ${t.map((e) => M`<button aria-disabled=${this.busy} @click=${() => this.send({
			option: e.id,
			text: e.question
		})}>
            <span>${e.question || e.title}</span>
          </button>`)}
    </div>`;
	}
	acts(e) {
		let t = this.t, n = (t, n, r) => M`<button class="icon" aria-pressed=${e.vote === t} title=${r} @click=${() => this.vote(e, t)}>
        ${n}<span class="vh">${r}</span>
      </button>`;
		return M`<div class="acts">
        ${n("up", Me, t("helpful"))}${n("down", Ne, t("not_helpful"))}
        <button class="icon" title=${t("copy")} @click=${() => this.copy(e)}>${Pe}<span class="vh">${t("copy")}</span></button>
      </div>
      ${this.wording === e.id ? M`<form class="word" @submit=${(t) => this.word(t, e)}>
            <label for="word">${t(e.vote === "up" ? "word_label_up" : "word_label")}</label>
            <input id="word" name="word" maxlength="500" autocomplete="off" .value=${e.word} /><button>${t("word_send")}</button>
          </form>` : F}`;
	}
	waiting(e) {
		let t = this.t;
		return M`${this.asked(e.text)}
    ${this.trouble ? M`<li class="trouble">
          <p>${this.trouble}</p>
          <button @click=${this.again}>${t("retry")}</button><button @click=${this.edit}>${t("edit")}</button>
        </li>` : this.typing ? M`<li class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span><span>${this.slow ? t("slow") : t("typing")}</span></li>` : F}`;
	}
	menuItems() {
		let e = this.t;
		if (this.confirming) return M`<p>${e("delete_ask")}</p>
        <button class="danger" @click=${this.forget}>${e("delete_yes")}</button>
        <button @click=${() => this.confirming = this.menu = !1}>${e("delete_no")}</button>`;
		let t = this.turns.length > 0;
		return M`<button aria-disabled=${!t} @click=${this.download}>${e("download")}</button>
      <button aria-disabled=${!t} @click=${this.restart}>${e("restart")}</button>
      <button aria-disabled=${!t} @click=${() => t && (this.confirming = !0)}>${e("delete")}</button>`;
	}
	toggle(e) {
		this.open = e, this.menu = this.confirming = !1, e && (this.news = ""), this.memory.keep({ open: e }), e && this.load();
	}
	seen(e, t) {
		e.type === "focusin" && (this.focused = t), e.type === "focusout" && setTimeout(() => this.shadowRoot?.activeElement || (this.focused = null)), e.type === "keydown" && this.key(e, t);
	}
	key(e, t) {
		e.isComposing || e.keyCode === 229 || (e.key === "Escape" && (this.open || this.menu) && (this.menu ? (this.menu = this.confirming = !1, this.find("[aria-controls=menu]")?.focus()) : this.position !== "inline" && this.hide()), e.key === "Enter" && t.id === "question" && !e.shiftKey && (e.preventDefault(), this.submit()));
	}
	willUpdate(e) {
		this.held = this.shadowRoot?.activeElement, this.inMenu = !!this.held?.closest("#menu"), e.has("turns") && this.dispatchEvent(new CustomEvent("quoted", { detail: (e) => Be(this.turns, e) }));
	}
	firstUpdated() {
		let e = this.box;
		e.value = this.memory.draft.text ?? "";
		let { fontSize: t } = getComputedStyle(this.find("#live"));
		this.find(".frame").style.setProperty("--rem", t), this.measure();
	}
	updated(e) {
		(e.has("open") || e.has("position")) && this.arrange(), this.follow(e), this.held && this.find("dialog[open]") && !this.shadowRoot?.activeElement && (this.menu ? this.find("#menu button")?.focus() : this.inMenu ? this.find("[aria-controls=menu]")?.focus() : this.home());
	}
	home() {
		this.find(matchMedia("(pointer: coarse)").matches ? "h2" : "textarea")?.focus();
	}
	follow(e) {
		let t = this.find(".talk");
		if (!t.clientHeight || !(this.turns.length || this.pending)) return;
		let n = e.has("turns") && this.turns.length > (e.get("turns")?.length ?? 0);
		if (e.has("open") && this.top !== void 0 && !e.get("news")) return this.restore(this.top);
		let r = e.has("open") || this.top === void 0;
		if (!r && !(this.following && (n || [
			"pending",
			"trouble",
			"typing"
		].some((t) => e.has(t))))) return;
		let i = t.querySelectorAll(".question"), a = i[i.length - 1], o = t.scrollHeight - t.clientHeight, s = a && (n || r) ? Math.min(a.offsetTop - 12, o) : o;
		this.following = o - s < it, this.top = t.scrollTop, t.scrollTo({ top: s });
	}
	restore(e) {
		this.find(".talk")?.scrollTo({
			top: e ?? 0,
			behavior: "instant"
		});
	}
	load() {
		return this.loaded ??= this.fetchAll().catch((e) => {
			if (this.loaded = void 0, e instanceof W && e.code === "no_session") return this.load();
			this.told = this.t(e instanceof W && e.code === "origin" ? "origin" : "no_history");
		}), this.loaded;
	}
	async fetchAll() {
		let e = this.turns, [t, n] = await Promise.all([this.first ?? this.api.start(), this.api.history()]), r = this.first && n.some((t) => !e.some((e) => e.id === t.id));
		this.first = t, this.told = "";
		let i = this.turns.filter((t) => !e.includes(t) && !n.some((e) => e.id === t.id));
		this.turns = [...n, ...i];
		let a = this.pending && n.some((e) => e.key === this.pending?.key);
		a && this.settle();
		let o = (a || r) && this.notify("new_answer");
		o && this.announce(o), this.length = 0, this.measure();
	}
	async elsewhere(e) {
		e === "deleted" && (this.memory.token = ""), this.loaded = void 0, await this.load();
	}
	async send(e) {
		if (this.busy) return;
		let t = Array.from(crypto.getRandomValues(/* @__PURE__ */ new Uint8Array(12)), (e) => e.toString(16).padStart(2, "0")).join("");
		this.following = !0, await this.attempt({
			...e,
			key: t
		});
	}
	async resume(e, t) {
		t ? this.fail(e, t === "offline" ? "unreachable" : t) : this.pending = e, this.busy = !t, await this.load(), this.busy &&= !1, !t && this.pending && await this.attempt(this.pending);
	}
	async attempt(e) {
		this.busy = !0, this.menu = this.confirming = !1, this.pending = e, this.trouble = this.told = this.wording = "", this.memory.keep({
			pending: e,
			failed: void 0
		});
		let t = setTimeout(() => this.typing = !0, et), n = setTimeout(() => {
			this.slow = !0, this.announce(this.t("slow"));
		}, tt);
		try {
			let t = await this.askOnce(e);
			this.busy = !1, this.settle(), this.turns.some((e) => e.id === t.id) || (this.turns = [...this.turns, t]), this.announce(this.notify("new_answer") || Ge(t, this.t)), this.broadcast("changed");
		} catch (t) {
			this.busy = !1;
			let n = t instanceof W ? t : new W("failed");
			this.fail(e, n.code, n.seconds), this.memory.keep({ failed: n.code }), this.notify("not_answered"), this.announce(this.trouble);
		} finally {
			clearTimeout(t), clearTimeout(n), this.typing = this.slow = !1;
		}
	}
	async askOnce(e) {
		try {
			return await this.api.ask(e);
		} catch (t) {
			if (!(t instanceof W) || t.code !== "no_session") throw t;
			return this.turns = [], this.api.ask(e);
		}
	}
	fail(e, t, n = 0) {
		this.pending = e;
		let r = {
			slow: "slow_failed",
			not_ready: "failed",
			bad_request: "failed"
		}[t] ?? t, i = this.t(r, {
			seconds: Math.max(1, n),
			count: [...e.text].length,
			most: this.most
		});
		this.trouble = i === r ? this.t("failed") : i;
	}
	settle() {
		this.pending = null, this.trouble = "", this.memory.keep({
			pending: void 0,
			failed: void 0
		});
	}
	async vote(e, t) {
		let n = e.vote === t ? "" : t;
		await this.rate(e, n, n ? e.word : ""), this.wording = n && this.turns.some((t) => t.id === e.id && t.vote === n) ? e.id : "", await this.updateComplete, this.wording && this.find(".word")?.scrollIntoView({ block: "nearest" });
	}
	async word(e, t) {
		e.preventDefault();
		let n = new FormData(e.target).get("word");
		this.wording = "", await this.rate(t, t.vote, n.trim(), this.t("word_thanks"));
	}
	async rate(e, t, n, r = "") {
		try {
			await this.api.rate(e.id, t, n), this.turns = this.turns.map((r) => r.id === e.id ? {
				...r,
				vote: t,
				word: n
			} : r), this.tell(r);
		} catch {
			this.tell(this.t("failed"));
		}
	}
	async copy(e) {
		try {
			await navigator.clipboard.writeText(Ke(e, this.t)), this.tell(this.t("copied"));
		} catch {
			this.tell(this.t("copy_failed"));
		}
	}
	tell(e) {
		this.told = e, e && this.announce(e);
	}
	notify(e) {
		let t = !this.open && this.position !== "inline";
		return t && (this.news = this.t(e)), t ? this.news : "";
	}
	broadcast(e) {
		let t = this.channel ?? ot(`albania-nato-chat ${this.server}`);
		try {
			t?.postMessage(e);
		} catch {}
		t !== this.channel && t?.close();
	}
	announce(e) {
		let t = (e) => {
			let t = this.find("#live");
			t && (t.textContent = e);
		};
		clearTimeout(this.speech), t(""), this.speech = setTimeout(() => {
			t(e), this.speech = setTimeout(t, rt, "");
		}, 50);
	}
	measure() {
		let e = this.box;
		e && (this.memory.keep({ text: e.value }), e.style.height = "auto", e.value && (e.style.height = `${Math.min(e.scrollHeight + 2, 144)}px`), this.length = [...e.value].length, this.over = this.length > this.most);
	}
	count() {
		return this.over ? this.t("too_long", {
			count: this.length,
			most: this.most
		}) : this.length > this.most - nt ? this.t("left", { count: this.most - this.length }) : "";
	}
	isHere(e) {
		return location.origin === new URL(this.server).origin && document.body.dataset.document === e.document;
	}
	jump(e, t) {
		e.preventDefault(), this.phone.matches && this.toggle(!1), location.hash = "", location.hash = t.passage;
	}
	get most() {
		return this.first?.characters ?? 2e3;
	}
	get sourceLine() {
		let e = this.first?.documents[0];
		return e ? [e.issuer, e.date].filter(Boolean).join(", ") : "";
	}
	get box() {
		return this.find("textarea");
	}
	get language() {
		return Xe(this.lang || this.closest("[lang]")?.lang || "en");
	}
	get t() {
		return Qe(this.language);
	}
	find(e) {
		return this.renderRoot.querySelector(e);
	}
};
function ot(e) {
	try {
		return new BroadcastChannel(e);
	} catch {
		return;
	}
}
// src/widget.ts
customElements.get("albania-nato-chat") || customElements.define("albania-nato-chat", at);
