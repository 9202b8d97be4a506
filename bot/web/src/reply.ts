/** Written by `python -m bot.reply` from bot/reply/contract.py; change that. */

export interface Citation {
  document: string
  passage: string
  paragraph: number
  sentence: number
  start: number
  end: number
  quote: string
  mended: boolean
}

export interface Option {
  id: string
  title: string
  question: string
}

export interface Source {
  document: string
  title: string
  issuer: string
  date: string
}

export interface Part {
  text: string
  outcome: 'answered' | 'closest' | 'clarify' | 'declined'
  citations: Citation[]
  nearest: Citation | null
}

export interface Reply {
  outcome: 'answered' | 'closest' | 'clarify' | 'declined' | 'smalltalk' | 'source' | 'topics' | 'overview' | 'restarted' | 'forgotten' | 'error'
  citations: Citation[]
  parts: Part[]
  options: Option[]
  lead: string
  notes: string[]
  nearest: Citation | null
  nearest_lead: string
  source: Source | null
  disclosure: string
}
