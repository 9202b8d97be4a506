/** Where the chat stands among everything else on the page. */

/** A chat on the page. */
export interface Placed extends HTMLElement {
  position: string
  arrange(): void
}

// Those on the page now, each at a number that it keeps while it is there.
const chats: (Placed | undefined)[] = []

/** Give a chat the first free number on the page; an element that takes another's place gets its number. */
export function enter(chat: Placed): number {
  const free = chats.findIndex((c) => !c)
  const number = free < 0 ? chats.length : free
  chats[number] = chat
  return number
}

export function leave(chat: Placed): void {
  chats[chats.indexOf(chat)] = undefined
  for (const other of chats) other?.arrange()
}

/**
 * Put the frame of a chat into the browser's top layer, where no ancestor moves, clips, fades or covers it, and above other chats.
 *
 * @param raise - Whether it comes above all else that is there.
 */
export function show(chat: Placed, frame: HTMLElement, raise: boolean): void {
  const before = chats.slice(0, chats.indexOf(chat)).filter((c) => c?.position === chat.position)
  frame.style.setProperty('--before', String(before.length))
  const place = getComputedStyle(chat)
  const inline = chat.position === 'left' ? place.insetInlineStart : place.insetInlineEnd
  for (const [name, at] of [['--block', place.insetBlockEnd], ['--inline', inline]] as const) {
    // Read, not inherited: a page that resets everything would take the place away.
    if (at === 'auto') frame.style.removeProperty(name)
    else frame.style.setProperty(name, at)
  }
  // Firefox before 125 and Safari before 17: a fixed element it is then.
  if (chat.position === 'inline' || !frame.showPopover) return
  if (raise && frame.matches(':popover-open')) frame.hidePopover()
  if (!frame.matches(':popover-open')) frame.showPopover()
}

/** Keep an open chat in what a keyboard on the screen leaves of the window: that shrinks the visual viewport alone. */
export function fit(frame: HTMLElement, open: boolean): void {
  const seen = window.visualViewport
  // Zooming in shrinks it too, and makes it narrower: the chat stays as it is.
  if (!seen || (open && seen.width < document.documentElement.clientWidth - 1)) return
  const end = seen.offsetTop + seen.height
  const style = { '--top': `${seen.offsetTop}px`, '--seen': `${seen.height}px`, '--lift': `calc(100% - ${end}px)` }
  for (const [name, at] of Object.entries(style)) {
    if (open) frame.style.setProperty(name, at)
    else frame.style.removeProperty(name)
  }
}
