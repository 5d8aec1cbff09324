/** How a lab talks to its processes: numbered orders over IPC, each answered once; and what they say by themselves. */
import type { ChildProcess } from "node:child_process";

export interface Numbered<Order> {
  readonly number: number;
  readonly order: Order;
}

export type Answer =
  | { readonly done: number; readonly result: unknown }
  | { readonly failed: number; readonly why: string };

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The lab's end. A process that ends fails what it has not answered. */
export class Orders<Order> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ready: Promise<void>;
  #number = 0;
  #ended = false;

  /** @param said what is no answer. */
  constructor(
    readonly name: string,
    child: ChildProcess,
    said: (message: object) => void,
  ) {
    this.#child = child;
    this.#ready = new Promise((resolve, reject) => {
      child.on("message", (message: object) => {
        if ("ready" in message) resolve();
        else if ("done" in message || "failed" in message) this.#answered(message as Answer);
        else said(message);
      });
      const end = (): void => {
        this.#ended = true;
        const error = new Error(`${name} has ended`);
        reject(error);
        for (const { reject: fail } of this.#waiting.values()) fail(error);
        this.#waiting.clear();
      };
      child.once("exit", end);
      child.once("error", end);
    });
    this.#ready.catch(() => undefined);
  }

  /** It runs and takes orders. */
  ready(): Promise<void> {
    return this.#ready;
  }

  ask<Result = unknown>(order: Order): Promise<Result> {
    if (this.#ended) return Promise.reject(new Error(`${this.name} has ended`));
    this.#number += 1;
    const number = this.#number;
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as (result: unknown) => void, reject });
      this.#child.send({ number, order } satisfies Numbered<Order>, (error) => {
        if (error !== null) this.#answered({ failed: number, why: error.message });
      });
    });
  }

  #answered(answer: Answer): void {
    const number = "done" in answer ? answer.done : answer.failed;
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if ("done" in answer) waiting?.resolve(answer.result);
    else waiting?.reject(new Error(`${this.name}: ${answer.why}`));
  }
}
