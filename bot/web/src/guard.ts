/**
 * What pages listen to and may cancel: keys (shortcuts), the clipboard and selection (copy protection), wheel and touch
 * (scroll effects), and focus (dialogs that fetch it back).
 */
const TYPES = ['keydown', 'keypress', 'keyup', 'beforeinput', 'copy', 'cut', 'paste', 'selectstart', 'contextmenu', 'wheel', 'touchmove', 'focusin', 'focusout']
// Passive, so that scrolling waits for nothing: it is never cancelled here.
const OPTIONS = { capture: true, passive: true }

/** Ends events of an element before the page's listeners: these see the element as target, never the field inside it. */
export class Guard {
  /**
   * @param element - The element.
   * @param seen - Gets each event with the node inside that it is for, since no other listener does.
   */
  constructor(
    private readonly element: HTMLElement,
    private readonly seen: (event: Event, target: HTMLElement) => void,
  ) {}

  // The window's capturing phase comes first. In a closed shadow root of the page the window sees nothing: then the element does.
  start(): void {
    for (const type of TYPES) for (const on of [window, this.element]) on.addEventListener(type, this.end, type.startsWith('key') ? true : OPTIONS)
  }

  stop(): void {
    for (const type of TYPES) for (const on of [window, this.element]) on.removeEventListener(type, this.end, true)
  }

  private readonly end = (event: Event): void => {
    const path = event.composedPath()
    if (!path.includes(this.element)) return
    event.stopImmediatePropagation()
    const target = path[0] as HTMLElement
    if (event.defaultPrevented) restore(event, target)
    this.seen(event, target)
  }
}

/** Do what a key would have done but for a page that listens on the window since before us. */
function restore(event: Event, target: HTMLElement): void {
  const { key, ctrlKey, metaKey, altKey, isComposing, keyCode } = event as KeyboardEvent
  if (event.type === 'keyup' || !key || isComposing || keyCode === 229 || ctrlKey || metaKey || altKey) return
  if (target.matches('button, a')) {
    if (key === 'Enter' || key === ' ') target.click()
  } else if (target.matches('textarea, input') && (key.length === 1 || key === 'Backspace')) {
    const field = target as HTMLTextAreaElement
    const { selectionStart: start, selectionEnd: end } = field
    const back = key === 'Backspace'
    field.setRangeText(back ? '' : key, back && start === end ? Math.max(0, start - 1) : start, end, 'end')
    field.dispatchEvent(new Event('input'))
  }
}
