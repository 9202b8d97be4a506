import { html, type TemplateResult } from 'lit'

import type { Citation } from './reply'
import type { Document, Turn } from './types'

const LINK = /(?:https?:\/\/|mailto:)[^\s<>"“”]*[^\s<>"“”.,;:!?)\]]/g

/** Text of the bot, with its web and mail addresses as links; nothing else becomes one. */
export function linked(text: string): (string | TemplateResult)[] {
  const parts: (string | TemplateResult)[] = []
  let last = 0
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(last, match.index))
    parts.push(html`<a href=${match[0]} target="_blank" rel="noopener noreferrer">${match[0]}</a>`)
    last = match.index + match[0].length
  }
  parts.push(text.slice(last))
  return parts
}

/** The passages of a document that this conversation has quoted. */
export function quotedIn(turns: Turn[], document: string): string[] {
  const all = turns.flatMap((t) => t.custom?.citations ?? [])
  return [...new Set(all.filter((c) => c.document === document).map((c) => c.passage))].slice(-60)
}

/** Where a citation stands, with everything quoted so far marked. */
export function readerUrl(server: string, documents: Document[], turns: Turn[], citation: Citation, language: string): string {
  const path = documents.find((d) => d.name === citation.document)?.url ?? `/reader/${encodeURIComponent(citation.document)}`
  const url = new URL(server + path)
  if (language !== 'en') url.searchParams.set('lang', language)
  url.searchParams.set('cited', quotedIn(turns, citation.document).join(','))
  url.hash = citation.passage
  return url.href.replace(/%2C/g, ',')
}
