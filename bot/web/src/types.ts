/** What the server says; see `bot/channels/web/channel.py`. */

export interface Citation {
  document: string
  passage: string
  paragraph: number
  sentence: number
  quote: string
}

export interface Option {
  id: string
  title: string
  question: string
}

export interface Source {
  title: string
  issuer: string
  date: string
  document: string
}

/** One question of a message, with what came of it. */
export interface Part {
  text: string
  outcome: string
  citations: Citation[]
  nearest: Citation | null
}

export interface Custom {
  outcome?: string
  parts?: Part[]
  lead?: string
  citations?: Citation[]
  options?: Option[]
  notes?: string[]
  nearest?: Citation | null
  nearest_lead?: string
  source?: Source
}

export type Vote = '' | 'up' | 'down'

export interface Turn {
  id: string
  key: string
  time: number
  question: string
  messages: { text: string }[]
  custom: Custom | null
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
