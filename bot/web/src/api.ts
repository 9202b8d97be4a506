import type { Memory } from './memory'
import type { Pending, Start, Turn, Vote } from './types'

const SECONDS = 30

/** A call that did not succeed, by the code of the server or one of ours: `offline`, `unreachable`, `slow`. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly seconds = 0,
  ) {
    super(code)
  }
}

/** The calls of the server. A session begins with the first question, not before. */
export class Api {
  constructor(
    private readonly server: string,
    private readonly memory: Memory,
  ) {}

  start(): Promise<Start> {
    return this.call('GET', 'start')
  }

  async history(): Promise<Turn[]> {
    if (!this.memory.token) return []
    return (await this.call<{ turns: Turn[] }>('GET', 'history')).turns
  }

  async ask({ key, text, option }: Pending): Promise<Turn> {
    const body = option ? { key, option } : { key, text }
    if (!this.memory.token) {
      this.memory.token = (await this.call<{ token: string }>('POST', 'session', {})).token
    }
    return this.call('POST', 'message', body)
  }

  rate(message: string, vote: Vote, word: string): Promise<unknown> {
    return this.call('POST', 'feedback', { message, vote, word })
  }

  async forget(): Promise<void> {
    if (this.memory.token) await this.call('DELETE', 'conversation')
    this.memory.token = ''
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = {}
    if (body) headers['Content-Type'] = 'application/json'
    if (this.memory.token) headers['Authorization'] = `Bearer ${this.memory.token}`
    let response: Response
    try {
      response = await fetch(`${this.server}/api/${path}`, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
        credentials: 'omit',
        signal: AbortSignal.timeout(SECONDS * 1000),
      })
    } catch (error) {
      if (error instanceof DOMException && error.name === 'TimeoutError') throw new Refusal('slow')
      throw new Refusal(navigator.onLine ? 'unreachable' : 'offline')
    }
    const answer = await response.json().catch(() => null)
    if (response.ok && answer) return answer as T
    const code = typeof answer?.error === 'string' ? answer.error : 'failed'
    if (code === 'no_session') this.memory.token = ''
    throw new Refusal(code, Number(answer?.retry_after ?? response.headers.get('Retry-After')) || 0)
  }
}
