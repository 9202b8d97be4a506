/** Answers as plain text: for the screen reader, the clipboard and the download. */

import type { Citation, Reply, Source } from './reply'
import type { Texts } from './texts'
import type { Turn } from './types'

export function spoken(turn: Turn, t: Texts): string {
  const { custom } = turn
  if (!custom) return turn.messages.map((m) => m.text).join(' ')
  const parts = [custom.lead, ...cited(custom).map((c) => `${c.quote} ${place(c, t)}.`)]
  if (custom.nearest) parts.push(custom.nearest_lead, `${custom.nearest.quote} ${place(custom.nearest, t)}.`)
  parts.push(...(custom.notes ?? []))
  if (custom.options?.length) parts.push(t('answers', { count: custom.options.length }))
  return parts.filter(Boolean).join(' ')
}

export function copied(turn: Turn, t: Texts): string {
  const { custom } = turn
  if (!custom) return turn.messages.map((m) => m.text).join('\n')
  const parts = [custom.lead, ...cited(custom).map((c) => quoted(c, custom.source, t))]
  if (custom.nearest) parts.push(custom.nearest_lead, quoted(custom.nearest, custom.source, t))
  parts.push(...(custom.notes ?? []))
  return parts.filter(Boolean).join('\n')
}

export function transcript(turns: Turn[], title: string, t: Texts): string {
  const lines = [t('download_title', { title }), new Date().toISOString().slice(0, 10), '']
  for (const turn of turns) {
    lines.push(`${t('download_you')}: ${turn.question}`, `${t('download_bot')}: ${copied(turn, t)}`, '')
  }
  return lines.join('\n')
}

/** Hand a text to the browser as a file. */
export function save(text: string, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

export function cited(custom: Reply): Citation[] {
  return custom.citations ?? []
}

export function place(citation: Citation, t: Texts): string {
  return t('where', { paragraph: citation.paragraph, sentence: citation.sentence })
}

function quoted(citation: Citation, source: Source | null, t: Texts): string {
  const from = [source?.title, source?.issuer, source?.date, place(citation, t)].filter(Boolean).join(', ')
  return `“${citation.quote}”\n(${from})`
}
