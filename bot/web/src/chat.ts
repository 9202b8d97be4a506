import { html, LitElement, nothing, unsafeCSS, type PropertyValues, type TemplateResult } from 'lit'

import { Api, Refusal } from './api'
import { Guard } from './guard'
import * as icons from './icons'
import { enter, fit, leave, show as showLayer } from './layer'
import { linked, quotedIn, readerUrl } from './links'
import { Memory } from './memory'
import { cited, copied, place, save, spoken, transcript } from './plain'
import type { Citation, Option } from './reply'
import { directionOf, languageOf, textsOf, type Texts } from './texts'
import type { Pending, Start, Turn, Vote } from './types'
import styles from './widget.css?inline'

const TYPING_AFTER = 300
const SLOW_AFTER = 6000
const COUNT_FROM = 200
const HEARD_AFTER = 4000
// How far from its end the talk still counts as read to the end, in pixels.
const NEAR = 48

/**
 * The chat: a button in a corner that opens it.
 *
 * Attributes: `lang` (else the page's), `theme` (`auto`, `light`, `dark`),
 * `position` (`right`, `left`, `inline`), `open` (at load), `server` (else
 * where this script came from).
 */
export class StatementChat extends LitElement {
  static override styles = unsafeCSS(styles)
  static override properties = {
    open: { type: Boolean, reflect: true },
    lang: { type: String },
    theme: { type: String, reflect: true },
    position: { type: String, reflect: true },
    server: { type: String },
    turns: { state: true },
    first: { state: true },
    pending: { state: true },
    trouble: { state: true },
    typing: { state: true },
    slow: { state: true },
    menu: { state: true },
    confirming: { state: true },
    told: { state: true },
    news: { state: true },
    wording: { state: true },
    length: { state: true },
    over: { state: true },
  }

  declare open: boolean
  declare theme: string
  declare position: string
  declare server: string
  declare private turns: Turn[]
  declare private first: Start | null
  /** The question under way, or the one that could not be answered. */
  declare private pending: Pending | null
  declare private trouble: string
  declare private typing: boolean
  declare private slow: boolean
  declare private menu: boolean
  declare private confirming: boolean
  /** A short word of ours below the talk. */
  declare private told: string
  /** What came while the chat was closed, in words. */
  declare private news: string
  /** The answer whose vote may get a word. */
  declare private wording: string
  declare private length: number
  declare private over: boolean

  private api!: Api
  private memory!: Memory
  private channel: BroadcastChannel | undefined
  private readonly guard = new Guard(this, (event, target) => this.seen(event, target))
  private busy = false
  private loaded: Promise<void> | undefined
  private speech = 0
  /** What has the focus in the chat; the element's removal does not end that. */
  private focused: HTMLElement | null = null
  /** What had it before this update, and whether in the menu. */
  private held: HTMLElement | null = null
  private inMenu = false
  /** Whether the talk follows what comes, or somebody reads above. */
  private following = true
  /** How far the talk is scrolled; unset until it has been seen. */
  private top: number | undefined
  private readonly phone = matchMedia('(max-width: 30rem), (max-height: 26rem)')

  constructor() {
    super()
    this.open = false
    this.theme = 'auto'
    this.position = 'right'
    this.server = ''
    this.turns = []
    this.first = null
    this.pending = null
    this.trouble = this.told = this.news = this.wording = ''
    this.typing = this.slow = this.menu = this.confirming = this.over = false
    this.length = 0
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // The folder of the script: a proxy may have put the server behind a path.
    this.server = (this.server || new URL('.', import.meta.url).href).replace(/\/+$/, '')
    const name = `albania-nato-chat ${this.server}`
    const number = enter(this)
    this.memory = new Memory(name, number ? `${name} ${number + 1}` : name)
    this.api = new Api(this.server, this.memory)
    this.channel = channelOf(name)
    if (this.channel) this.channel.onmessage = ({ data }) => this.elsewhere(data)
    this.guard.start()
    addEventListener('online', this.back)
    addEventListener('load', this.arrange)
    addEventListener('resize', this.arrange)
    for (const type of ['resize', 'scroll']) window.visualViewport?.addEventListener(type, this.arrange)
    this.phone.addEventListener('change', this.arrange)
    const { open, pending, failed } = this.memory.draft
    this.open = open ?? this.open
    if (!pending || this.busy) void ((this.open || this.memory.token) && this.load())
    else void this.resume(pending, failed)
    if (this.hasUpdated) {
      // Moved: the browser has taken it from the top layer, scrolled the talk to its start and dropped the focus.
      this.arrange()
      this.restore(this.top)
      this.focused?.focus()
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.channel?.close()
    this.channel = undefined
    this.guard.stop()
    leave(this)
    removeEventListener('online', this.back)
    removeEventListener('load', this.arrange)
    removeEventListener('resize', this.arrange)
    for (const type of ['resize', 'scroll']) window.visualViewport?.removeEventListener(type, this.arrange)
    this.phone.removeEventListener('change', this.arrange)
  }

  /** Open the chat and ask: a text, or the id of an option such as `albania_in_nato/p7s2`. */
  async ask(question: { option: string; text: string } | { text: string }): Promise<void> {
    await this.show()
    await this.loaded
    await this.send('option' in question ? question : { text: question.text })
  }

  /** Open the chat and put the cursor where one types. */
  async show(): Promise<void> {
    this.toggle(true)
    await this.updateComplete
    this.home()
  }

  override render(): TemplateResult {
    const t = this.t
    // Direction and language are not the dialog's: the corner it stands in is the page's.
    const inline = this.position === 'inline'
    // In the open dialog, since a modal one silences the rest; outside the closed one, which is silent itself.
    const live = html`<p class="vh" role="status" aria-live="polite" id="live" lang=${this.language}></p>`
    return html`<div class="frame" popover=${inline ? nothing : 'manual'}>
      ${inline
        ? nothing
        : html`<button class="launcher" part="launcher" aria-expanded=${this.open} @click=${this.show} ?hidden=${this.open}>
            ${icons.chat}<span>${t('launcher')}</span>${this.news ? html` <b class="news">${this.news}</b>` : nothing}
          </button>`}
      <dialog part="panel" aria-labelledby="title" @cancel=${this.cancel}>
        <div class="words" dir=${directionOf(this.language)} lang=${this.language}>
        <header>
          <h2 id="title" tabindex="-1">${t('title')}</h2>
          <p class="source">${this.sourceLine}</p>
          <div class="tools">
            <button class="icon" aria-expanded=${this.menu} aria-controls="menu" @click=${() => (this.menu = !this.menu)} title=${t('menu')}>
              ${icons.menu}<span class="vh">${t('menu')}</span>
            </button>
            ${inline
              ? nothing
              : html`<button class="icon" @click=${this.hide} title=${t('close')}>${icons.close}<span class="vh">${t('close')}</span></button>`}
          </div>
          <div id="menu" ?hidden=${!this.menu}>${this.menu ? this.menuItems() : nothing}</div>
        </header>
        <div class="talk" tabindex="0" role="region" aria-label=${t('conversation')} @scroll=${this.scrolled}>
          ${this.turns.length || this.pending ? nothing : this.welcome()}
          <ol ?hidden=${!this.turns.length && !this.pending}>
            ${this.turns.map((turn, i) => this.turn(turn, i === this.turns.length - 1))} ${this.pending ? this.waiting(this.pending) : nothing}
          </ol>
          ${this.told ? html`<p class="told">${this.told}</p>` : nothing}
        </div>
        <form @submit=${this.submit} novalidate>
          <label class="vh" for="question">${t('question')}</label>
          <textarea
            id="question"
            rows="1"
            placeholder=${t('placeholder')}
            enterkeyhint="send"
            aria-describedby="count"
            aria-invalid=${this.over}
            @input=${this.typed}
          ></textarea>
          <button class="send" aria-disabled=${this.busy || this.over} title=${t('send')}>${icons.send}<span class="vh">${t('send')}</span></button>
          <p id="count" class=${this.over ? 'wrong' : ''}>${this.count()}</p>
        </form>
        ${this.open || inline ? live : nothing}
        </div>
      </dialog>
      ${this.open || inline ? nothing : live}
    </div>`
  }

  private welcome(): TemplateResult {
    const t = this.t
    return html`<div class="welcome">
      <p class="hello">${t('welcome')}</p>
      ${this.first?.documents.map(
        (d) =>
          html`<p class="about">
            ${t('welcome_about', d as unknown as Record<string, string>)}
            <a href=${this.server + d.url} target="_blank" rel="noopener">${t('read_statement')}<span class="vh"> ${t('new_tab')}</span></a>
          </p>`,
      )}
      ${this.first?.suggestions.length ? this.options(t('suggestions'), this.first.suggestions) : nothing}
      <p class="disclosure">${this.first ? t('disclosure', { days: this.first.retention_days }) : nothing}</p>
    </div>`
  }

  private turn(turn: Turn, last: boolean): TemplateResult {
    return html`${this.asked(turn.question)}
      <li class="answer" data-id=${turn.id}>
        <span class="vh">${this.t('bot')} </span>
        ${this.answer(turn)}${this.acts(turn)}
        ${turn.custom?.options?.length ? this.options(this.t('options'), turn.custom.options, !last) : nothing}
      </li>`
  }

  private asked(text: string): TemplateResult {
    return html`<li class="question"><span class="vh">${this.t('you')} </span><p dir="auto">${text}</p></li>`
  }

  private answer({ custom, messages }: Turn): TemplateResult {
    if (!custom) return html`${messages.map((m) => html`<p class="lead">${linked(m.text)}</p>`)}`
    return html`${custom.lead ? html`<p class="lead">${linked(custom.lead)}</p>` : nothing}
      ${cited(custom).map((c) => this.quote(c))}
      ${custom.nearest
        ? html`<div class=${custom.outcome === 'closest' ? 'doubt' : 'beside'}>
            <p class="lead nearest">${custom.nearest_lead}</p>
            ${this.quote(custom.nearest)}
          </div>`
        : nothing}
      ${custom.notes?.map((n) => html`<p class="note">${linked(n)}</p>`)}`
  }

  private quote(citation: Citation): TemplateResult {
    const t = this.t
    const document = this.first?.documents.find((d) => d.name === citation.document)
    const url = readerUrl(this.server, this.first?.documents ?? [], this.turns, citation, this.language)
    const here = this.isHere(citation)
    const named = (this.first?.documents.length ?? 0) > 1 && document ? `${document.title} · ` : ''
    return html`<figure>
      <span class="margin" aria-hidden="true">${citation.paragraph}</span>
      <blockquote lang=${document?.language ?? 'en'} dir="auto"><p>${citation.quote}</p></blockquote>
      <figcaption>
        <span>${named}${place(citation, t)}</span>
        <a
          href=${url}
          target=${here ? nothing : '_blank'}
          rel="noopener"
          @click=${(e: MouseEvent) => here && this.jump(e, citation)}
          >${t('in_context')}<span class="vh">: ${place(citation, t)} ${here ? '' : t('new_tab')}</span></a
        >
      </figcaption>
    </figure>`
  }

  private options(title: string, options: Option[], quiet = false): TemplateResult {
    return html`<div class="options ${quiet ? 'quiet' : ''}" role="group" aria-label=${title}>
      <p aria-hidden="true">${title}</p>
      ${options.map(
        (o) =>
          html`<button aria-disabled=${this.busy} @click=${() => this.send({ option: o.id, text: o.question })}>
            <span>${o.question || o.title}</span>
          </button>`,
      )}
    </div>`
  }

  private acts(turn: Turn): TemplateResult {
    const t = this.t
    const vote = (value: Vote, icon: TemplateResult, words: string) =>
      html`<button class="icon" aria-pressed=${turn.vote === value} title=${words} @click=${() => this.vote(turn, value)}>
        ${icon}<span class="vh">${words}</span>
      </button>`
    return html`<div class="acts">
        ${vote('up', icons.up, t('helpful'))}${vote('down', icons.down, t('not_helpful'))}
        <button class="icon" title=${t('copy')} @click=${() => this.copy(turn)}>${icons.copy}<span class="vh">${t('copy')}</span></button>
      </div>
      ${this.wording === turn.id
        ? html`<form class="word" @submit=${(e: Event) => this.word(e, turn)}>
            <label for="word">${t(turn.vote === 'up' ? 'word_label_up' : 'word_label')}</label>
            <input id="word" name="word" maxlength="500" autocomplete="off" .value=${turn.word} /><button>${t('word_send')}</button>
          </form>`
        : nothing}`
  }

  private waiting(pending: Pending): TemplateResult {
    const t = this.t
    return html`${this.asked(pending.text)}
    ${this.trouble
      ? html`<li class="trouble">
          <p>${this.trouble}</p>
          <button @click=${this.again}>${t('retry')}</button><button @click=${this.edit}>${t('edit')}</button>
        </li>`
      : this.typing
        ? html`<li class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span><span>${this.slow ? t('slow') : t('typing')}</span></li>`
        : nothing}`
  }

  private menuItems(): TemplateResult {
    const t = this.t
    if (this.confirming) {
      return html`<p>${t('delete_ask')}</p>
        <button class="danger" @click=${this.forget}>${t('delete_yes')}</button>
        <button @click=${() => (this.confirming = this.menu = false)}>${t('delete_no')}</button>`
    }
    const some = this.turns.length > 0
    return html`<button aria-disabled=${!some} @click=${this.download}>${t('download')}</button>
      <button aria-disabled=${!some} @click=${this.restart}>${t('restart')}</button>
      <button aria-disabled=${!some} @click=${() => some && (this.confirming = true)}>${t('delete')}</button>`
  }

  // Opening and closing.

  private toggle(open: boolean): void {
    this.open = open
    this.menu = this.confirming = false
    if (open) this.news = ''
    this.memory.keep({ open })
    if (open) void this.load()
  }

  private readonly hide = async (): Promise<void> => {
    this.toggle(false)
    await this.updateComplete
    this.find<HTMLElement>('.launcher')?.focus()
  }

  private readonly cancel = (event: Event): void => {
    // The browser's own Escape would close the dialog behind our back.
    event.preventDefault()
  }

  private seen(event: Event, target: HTMLElement): void {
    if (event.type === 'focusin') this.focused = target
    // Later, since an element that is moved loses it as well, and takes it up again at once.
    if (event.type === 'focusout') setTimeout(() => this.shadowRoot?.activeElement || (this.focused = null))
    if (event.type === 'keydown') this.key(event as KeyboardEvent, target)
  }

  private key(event: KeyboardEvent, box: HTMLElement): void {
    // Keys of an input method; Safari ends the composition before the key that confirms it, which still has this code.
    if (event.isComposing || event.keyCode === 229) return
    if (event.key === 'Escape' && (this.open || this.menu)) {
      if (this.menu) {
        this.menu = this.confirming = false
        this.find<HTMLElement>('[aria-controls=menu]')?.focus()
      } else if (this.position !== 'inline') void this.hide()
    }
    if (event.key === 'Enter' && box.id === 'question' && !event.shiftKey) {
      event.preventDefault()
      void this.submit()
    }
  }

  protected override willUpdate(changed: PropertyValues): void {
    this.held = this.shadowRoot?.activeElement as HTMLElement | null
    this.inMenu = Boolean(this.held?.closest('#menu'))
    if (changed.has('turns')) {
      this.dispatchEvent(new CustomEvent('quoted', { detail: (document: string) => quotedIn(this.turns, document) }))
    }
  }

  protected override firstUpdated(): void {
    const box = this.box
    box.value = this.memory.draft.text ?? ''
    // The reader's own size of text, whatever the page does to its root's.
    const { fontSize } = getComputedStyle(this.find('#live')!)
    this.find<HTMLElement>('.frame')!.style.setProperty('--rem', fontSize)
    this.measure()
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('open') || changed.has('position')) this.arrange()
    this.follow(changed)
    // What had the focus is gone: it must not fall to the page.
    if (this.held && this.find('dialog[open]') && !this.shadowRoot?.activeElement) {
      if (this.menu) this.find<HTMLElement>('#menu button')?.focus()
      else if (this.inMenu) this.find<HTMLElement>('[aria-controls=menu]')?.focus()
      else this.home()
    }
  }

  /** Put the focus where one types; on a touch screen the keyboard would cover what there is to read. */
  private home(): void {
    this.find<HTMLElement>(matchMedia('(pointer: coarse)').matches ? 'h2' : 'textarea')?.focus()
  }

  /** On a phone the open chat is all there is; elsewhere the page stays in reach. */
  readonly arrange = (): void => {
    const dialog = this.find<HTMLDialogElement>('dialog')
    if (!dialog || !this.isConnected) return
    const open = this.open || this.position === 'inline'
    const full = this.phone.matches && this.position !== 'inline' && 'showModal' in dialog
    const frame = this.find<HTMLElement>('.frame')!
    showLayer(this, frame, open && !dialog.open)
    fit(frame, open)
    const held = this.shadowRoot?.activeElement as HTMLElement | null
    if (dialog.open && (!open || dialog.matches(':modal') !== full)) dialog.close()
    if (!open || dialog.open) return
    if (full) dialog.showModal()
    // Not `show()`, which would take the focus away from the page at load.
    else dialog.open = true
    held?.focus()
  }

  /** Show what has come, unless somebody reads above. */
  private follow(changed: PropertyValues): void {
    const talk = this.find<HTMLElement>('.talk')!
    if (!talk.clientHeight || !(this.turns.length || this.pending)) return
    const grown = changed.has('turns') && this.turns.length > (changed.get('turns')?.length ?? 0)
    if (changed.has('open') && this.top !== undefined && !changed.get('news')) return this.restore(this.top)
    const opened = changed.has('open') || this.top === undefined
    if (!opened && !(this.following && (grown || ['pending', 'trouble', 'typing'].some((k) => changed.has(k))))) return
    const questions = talk.querySelectorAll<HTMLElement>('.question')
    const last = questions[questions.length - 1]
    const end = talk.scrollHeight - talk.clientHeight
    // A long answer is read from its beginning.
    const top = last && (grown || opened) ? Math.min(last.offsetTop - 12, end) : end
    this.following = end - top < NEAR
    this.top = talk.scrollTop
    talk.scrollTo({ top })
  }

  private restore(top: number | undefined): void {
    this.find('.talk')?.scrollTo({ top: top ?? 0, behavior: 'instant' })
  }

  private readonly scrolled = (event: Event): void => {
    const talk = event.target as HTMLElement
    const near = talk.scrollHeight - talk.scrollTop - talk.clientHeight < NEAR
    if (near) this.following = true
    else if (talk.scrollTop < (this.top ?? 0)) this.following = false
    this.top = talk.scrollTop
  }

  // Loading.

  private load(): Promise<void> {
    this.loaded ??= this.fetchAll().catch((error: unknown) => {
      this.loaded = undefined
      if (error instanceof Refusal && error.code === 'no_session') return this.load()
      this.told = this.t(error instanceof Refusal && error.code === 'origin' ? 'origin' : 'no_history')
      return undefined
    })
    return this.loaded
  }

  private async fetchAll(): Promise<void> {
    const before = this.turns
    const [first, turns] = await Promise.all([this.first ?? this.api.start(), this.api.history()])
    const news = this.first && turns.some((t) => !before.some((b) => b.id === t.id))
    this.first = first
    this.told = ''
    // What was answered here meanwhile may be younger than the history.
    const younger = this.turns.filter((t) => !before.includes(t) && !turns.some((h) => h.id === t.id))
    this.turns = [...turns, ...younger]
    // The answer of a question that seemed lost may have been kept.
    const found = this.pending && turns.some((t) => t.key === this.pending?.key)
    if (found) this.settle()
    const words = (found || news) && this.notify('new_answer')
    if (words) this.announce(words)
    this.length = 0
    this.measure()
  }

  private readonly back = (): void => {
    if (this.pending && !this.busy) void this.again()
    else if (this.open) void this.load()
  }

  private async elsewhere(what: string): Promise<void> {
    if (what === 'deleted') this.memory.token = ''
    this.loaded = undefined
    await this.load()
  }

  // Asking.

  private readonly submit = async (event?: Event): Promise<void> => {
    event?.preventDefault()
    const text = this.box.value.trim()
    if (!text || this.over || this.busy) return
    this.box.value = ''
    this.measure()
    if (event) this.box.focus()
    await this.send({ text })
  }

  private async send(question: Omit<Pending, 'key'>): Promise<void> {
    if (this.busy) return
    const key = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('')
    this.following = true
    await this.attempt({ ...question, key })
  }

  /** Take up the question of an element or page that was here before. */
  private async resume(pending: Pending, failed: string | undefined): Promise<void> {
    if (failed) this.fail(pending, failed === 'offline' ? 'unreachable' : failed)
    else this.pending = pending
    this.busy = !failed
    await this.load()
    this.busy &&= false
    // The same key: the server answers once, whoever asks.
    if (!failed && this.pending) await this.attempt(this.pending)
  }

  private readonly again = async (): Promise<void> => {
    if (this.pending) await this.attempt(this.pending)
  }

  private readonly edit = async (): Promise<void> => {
    const text = this.pending?.text ?? ''
    this.settle()
    this.box.value = text
    this.measure()
    this.box.focus()
  }

  private async attempt(pending: Pending): Promise<void> {
    this.busy = true
    this.menu = this.confirming = false
    this.pending = pending
    this.trouble = this.told = this.wording = ''
    this.memory.keep({ pending, failed: undefined })
    const sign = setTimeout(() => (this.typing = true), TYPING_AFTER)
    const patience = setTimeout(() => {
      this.slow = true
      this.announce(this.t('slow'))
    }, SLOW_AFTER)
    try {
      const turn = await this.askOnce(pending)
      this.busy = false
      this.settle()
      if (!this.turns.some((t) => t.id === turn.id)) this.turns = [...this.turns, turn]
      this.announce(this.notify('new_answer') || spoken(turn, this.t))
      this.broadcast('changed')
    } catch (error) {
      this.busy = false
      const refusal = error instanceof Refusal ? error : new Refusal('failed')
      this.fail(pending, refusal.code, refusal.seconds)
      this.memory.keep({ failed: refusal.code })
      this.notify('not_answered')
      this.announce(this.trouble)
    } finally {
      clearTimeout(sign)
      clearTimeout(patience)
      this.typing = this.slow = false
    }
  }

  private async askOnce(pending: Pending): Promise<Turn> {
    try {
      return await this.api.ask(pending)
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'no_session') throw error
      // The conversation is too old, or the server forgot it: begin another with this question.
      this.turns = []
      return this.api.ask(pending)
    }
  }

  private fail(pending: Pending, code: string, seconds = 0): void {
    this.pending = pending
    const key = { slow: 'slow_failed', not_ready: 'failed', bad_request: 'failed' }[code] ?? code
    const words = this.t(key, { seconds: Math.max(1, seconds), count: [...pending.text].length, most: this.most })
    this.trouble = words === key ? this.t('failed') : words
  }

  private settle(): void {
    this.pending = null
    this.trouble = ''
    this.memory.keep({ pending: undefined, failed: undefined })
  }

  // What one can do with answers and the conversation.

  private async vote(turn: Turn, value: Vote): Promise<void> {
    const vote: Vote = turn.vote === value ? '' : value
    await this.rate(turn, vote, vote ? turn.word : '')
    this.wording = vote && this.turns.some((t) => t.id === turn.id && t.vote === vote) ? turn.id : ''
    await this.updateComplete
    if (this.wording) this.find('.word')?.scrollIntoView({ block: 'nearest' })
  }

  private async word(event: Event, turn: Turn): Promise<void> {
    event.preventDefault()
    const word = new FormData(event.target as HTMLFormElement).get('word') as string
    this.wording = ''
    await this.rate(turn, turn.vote, word.trim(), this.t('word_thanks'))
  }

  private async rate(turn: Turn, vote: Vote, word: string, thanks = ''): Promise<void> {
    try {
      await this.api.rate(turn.id, vote, word)
      this.turns = this.turns.map((t) => (t.id === turn.id ? { ...t, vote, word } : t))
      this.tell(thanks)
    } catch {
      this.tell(this.t('failed'))
    }
  }

  private async copy(turn: Turn): Promise<void> {
    try {
      await navigator.clipboard.writeText(copied(turn, this.t))
      this.tell(this.t('copied'))
    } catch {
      this.tell(this.t('copy_failed'))
    }
  }

  private readonly download = (): void => {
    if (!this.turns.length) return
    const title = this.first?.documents[0]?.title ?? this.t('title')
    save(transcript(this.turns, title, this.t), 'conversation.txt')
    this.menu = false
  }

  private readonly restart = async (): Promise<void> => {
    if (this.turns.length) await this.send({ option: 'restart', text: this.t('restart') })
  }

  private readonly forget = async (): Promise<void> => {
    this.menu = this.confirming = false
    try {
      await this.api.forget()
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'no_session')) return this.tell(this.t('failed'))
    }
    this.settle()
    this.turns = []
    this.tell(this.t('deleted'))
    this.broadcast('deleted')
  }

  // Small things.

  private tell(words: string): void {
    this.told = words
    if (words) this.announce(words)
  }

  /** Show at the button of a closed chat what has come; return the words. */
  private notify(key: string): string {
    const closed = !this.open && this.position !== 'inline'
    if (closed) this.news = this.t(key)
    return closed ? this.news : ''
  }

  /** Tell the other tabs and elements. */
  private broadcast(what: string): void {
    // Taken out of the page while an answer was under way, it has none of its own any more.
    const channel = this.channel ?? channelOf(`albania-nato-chat ${this.server}`)
    try {
      channel?.postMessage(what)
    } catch {
      // They will see it when they load anew.
    }
    if (channel !== this.channel) channel?.close()
  }

  /** Say something once to those who listen instead of looking. */
  private announce(words: string): void {
    const say = (words: string) => {
      const live = this.find('#live')
      if (live) live.textContent = words
    }
    clearTimeout(this.speech)
    say('')
    this.speech = setTimeout(() => {
      say(words)
      // Heard by now: left there, it would be met a second time.
      this.speech = setTimeout(say, HEARD_AFTER, '')
    }, 50)
  }

  private readonly typed = (): void => {
    this.memory.keep({ text: this.box.value })
    this.measure()
  }

  /** Fit the box to its text and count the text. */
  private measure(): void {
    const box = this.box
    if (!box) return
    this.memory.keep({ text: box.value })
    box.style.height = 'auto'
    if (box.value) box.style.height = `${Math.min(box.scrollHeight + 2, 144)}px`
    this.length = [...box.value].length
    this.over = this.length > this.most
  }

  private count(): string {
    if (this.over) return this.t('too_long', { count: this.length, most: this.most })
    return this.length > this.most - COUNT_FROM ? this.t('left', { count: this.most - this.length }) : ''
  }

  /** Whether the page around us is the reader of this citation. */
  private isHere(citation: Citation): boolean {
    return location.origin === new URL(this.server).origin && document.body.dataset['document'] === citation.document
  }

  private jump(event: MouseEvent, citation: Citation): void {
    event.preventDefault()
    if (this.phone.matches) this.toggle(false)
    location.hash = ''
    location.hash = citation.passage
  }

  private get most(): number {
    return this.first?.characters ?? 2000
  }

  private get sourceLine(): string {
    const document = this.first?.documents[0]
    return document ? [document.issuer, document.date].filter(Boolean).join(', ') : ''
  }

  private get box(): HTMLTextAreaElement {
    return this.find<HTMLTextAreaElement>('textarea')!
  }

  private get language(): string {
    return languageOf(this.lang || this.closest<HTMLElement>('[lang]')?.lang || 'en')
  }

  private get t(): Texts {
    return textsOf(this.language)
  }

  private find<E extends Element>(selector: string): E | null {
    return this.renderRoot.querySelector<E>(selector)
  }
}

/** The channel of a name; none where the browser or its settings deny it. */
function channelOf(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name)
  } catch {
    return undefined
  }
}
