/** What the server says; see `bot/channels/web/channel.py`. */

import type { Option, Reply } from './reply'

export type Vote = '' | 'up' | 'down'

export interface Turn {
  id: string
  key: string
  time: number
  question: string
  messages: { text: string }[]
  custom: Reply | null
  vote: Vote
  word: string
}

export interface Document {
  name: string
  title: string
  issuer: string
  date: string
  language: string
  url: string
}

export interface Start {
  documents: Document[]
  suggestions: Option[]
  characters: number
  retention_days: number
}

/** A question that has no answer yet; kept until it has one. */
export interface Pending {
  key: string
  text: string
  option?: string
}
