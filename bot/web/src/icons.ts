import { html, svg, type TemplateResult } from 'lit'

function icon(paths: TemplateResult<2>): TemplateResult {
  return html`<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`
}

export const chat = icon(svg`<path d="M4 5h16v11H11l-5 4v-4H4z"/><path d="M8 9h8M8 12h5"/>`)
export const close = icon(svg`<path d="M6 6l12 12M18 6L6 18"/>`)
export const menu = icon(svg`<path d="M5 7h14M5 12h14M5 17h14"/>`)
export const send = icon(svg`<path d="M12 19V5M6 11l6-6 6 6"/>`)
export const up = icon(svg`<path d="M7 11v9H4v-9zM7 11l4-8c1.700 0 2.500 1.200 2.200 2.800L12.600 9H19c1.300 0 2 1 1.700 2.200l-1.600 7.300c-.2 1-.9 1.500-1.900 1.500H7"/>`)
export const down = icon(svg`<path d="M17 13V4h3v9zM17 13l-4 8c-1.700 0-2.500-1.200-2.200-2.800l.6-3.200H5c-1.300 0-2-1-1.700-2.200l1.600-7.300c.2-1 .9-1.500 1.900-1.500H17"/>`)
export const copy = icon(svg`<path d="M9 9h11v11H9z"/><path d="M15 9V4H4v11h5"/>`)
