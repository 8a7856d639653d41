import { Worker } from 'node:worker_threads';
import type { TrustAnchors } from '../../model/pec.ts';
import { JudgingError } from '../../service/documents/judging-error.ts';
import {
  type Answers,
  type Question,
  READY,
  type ThreadAnswer,
  type ThreadData,
  type ThreadQuestion,
} from './questions.ts';

const THREAD = new URL('./thread.ts', import.meta.url);

/** Bytes that are copied into the thread; more are handed over, and are then no longer here. */
export const COPIED_BYTES = 1024 * 1024;
/** A thread that has not started by then never will. */
const START_MS = 60_000;
/** Questions the thread has at a time, so that it never waits for the next one. */
const MOST_ASKED = 16;

interface Job {
  readonly question: Question;
  readonly bytes: Buffer;
  readonly resolve: (value: Answers[keyof Answers]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One thread and its queue. A question that takes longer than `limitMs`, or that ends the thread, is given up alone: a new
 * thread goes on with the next ones. Questions whose bytes are handed over are asked alone, so that no others are lost.
 */
export class Lane {
  readonly #limitMs: number;
  readonly #grammars: ThreadData;
  readonly #thread: URL;
  readonly #waiting: Job[] = [];
  /** In the order in which the thread answers. */
  #asked: Job[] = [];
  #askedBytes = 0;
  #worker: Worker | null = null;
  /** Its start does not count against a question. */
  #isReady = false;
  #trust: TrustAnchors | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** `thread`: for tests. */
  constructor(limitMs: number, grammars: ThreadData, thread = THREAD) {
    this.#limitMs = limitMs;
    this.#grammars = grammars;
    this.#thread = thread;
  }

  ask<A extends Question['about']>(question: Question & { readonly about: A }, bytes: Buffer): Promise<Answers[A]> {
    return new Promise((resolve, reject) => {
      if (this.#isStopped) return reject(STOPPED());
      const settle = (value: Answers[keyof Answers]) => resolve(value as Answers[A]);
      this.#waiting.push({ question, bytes, resolve: settle, reject });
      this.#feed();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const worker = this.#forget();
    for (const job of [...this.#asked, ...this.#waiting.splice(0)]) job.reject(STOPPED());
    this.#asked = [];
    await worker?.terminate();
  }

  #feed(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoomFor(next); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#worker ??= this.#start();
      this.#askedBytes += next.bytes.length;
      if (this.#asked.push(next) === 1) this.#watch();
      const asked = this.#handOver(next);
      this.#worker.postMessage(asked, [asked.bytes.buffer as ArrayBuffer]);
    }
  }

  #hasRoomFor({ bytes }: Job): boolean {
    const { length } = this.#asked;
    return length === 0 || (length < MOST_ASKED && this.#askedBytes + bytes.length <= COPIED_BYTES);
  }

  #handOver({ question, bytes }: Job): ThreadQuestion {
    const { buffer, byteLength } = bytes;
    const isOwn = byteLength > COPIED_BYTES && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
    return { question: this.#knowing(question), bytes: isOwn ? bytes : new Uint8Array(bytes) };
  }

  /** The trust crosses once, not with every mail. */
  #knowing(question: Question): Question {
    if (question.about !== 'judgement') return question;
    const { trust, ...under } = question.under;
    if (trust === undefined || trust === this.#trust) return { about: 'judgement', under };
    this.#trust = trust;
    return question;
  }

  #start(): Worker {
    const worker = new Worker(this.#thread, { workerData: this.#grammars });
    worker.unref();
    this.#trust = null;
    worker.on('message', (answer: ThreadAnswer | typeof READY) => {
      if (worker !== this.#worker) return;
      if (answer === READY) {
        this.#isReady = true;
        return this.#watch();
      }
      const job = this.#answered();
      if (answer.ok) job?.resolve(answer.value);
      else job?.reject('unjudged' in answer ? new JudgingError(answer.unjudged, answer.detail) : answer.error);
      this.#feed();
    });
    const ended = (why: string) => {
      if (worker === this.#worker) this.#giveUp(new JudgingError('judging-interrupted', why));
    };
    worker.on('error', (error) => ended(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => ended(`exit ${code}`));
    return worker;
  }

  #answered(): Job | undefined {
    const job = this.#asked.shift();
    this.#askedBytes -= job?.bytes.byteLength ?? 0;
    if (this.#asked.length === 0) this.#askedBytes = 0;
    this.#watch();
    return job;
  }

  /** The first question has the thread; its time begins. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#asked.length === 0) return;
    const giveUp = () => this.#giveUp(new JudgingError('judging-too-long', String(Math.round(this.#limitMs / 1000))));
    this.#timer = setTimeout(giveUp, this.#isReady ? this.#limitMs : START_MS);
  }

  #giveUp(reason: JudgingError): void {
    void this.#forget()?.terminate();
    const [guilty, ...others] = this.#asked;
    this.#asked = [];
    this.#askedBytes = 0;
    this.#waiting.unshift(...others);
    guilty?.reject(reason);
    this.#feed();
  }

  #forget(): Worker | null {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = null;
    this.#isReady = false;
    return worker;
  }
}

const STOPPED = () => new JudgingError('judging-interrupted', 'il servizio si ferma');
