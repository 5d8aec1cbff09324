/** How a command says that it failed: what happened, and what to do about it. Never a stack, unless MINDOS_DEBUG=1. */
import { ERRORS, MindosError, messageOf } from "../core/errors.js";
import type { ApiProblem } from "../core/status.js";
import { safeLines } from "./text-width.js";

/** @param command the one that failed, where it is known: it has a help text of its own. */
export function problemOf(error: unknown, command?: string): ApiProblem {
  if (error instanceof MindosError) {
    const { code, message, remedy } = error;
    const isUsage = (code === "BAD_USAGE" || code === "BAD_INPUT") && command !== undefined;
    return { code, message, remedy: isUsage ? `\`mindos ${command} --help\` tells what it takes.` : remedy };
  }
  return { code: "INTERNAL", message: messageOf(error), remedy: ERRORS.INTERNAL.remedy };
}

export function exitCodeOf(error: unknown): number {
  return error instanceof MindosError ? error.exitCode : ERRORS.INTERNAL.exitCode;
}

/** With --json the error goes where the result would have gone: a program reads one stream. */
export function failureText(
  error: unknown,
  options: { readonly json: boolean; readonly debug: boolean; readonly command?: string | undefined },
): string {
  const problem = problemOf(error, options.command);
  if (options.json) return `${JSON.stringify({ error: problem })}\n`;
  const stack = options.debug && error instanceof Error && error.stack !== undefined ? `${error.stack}\n` : "";
  return safeLines(`error: ${problem.message}\n→ ${problem.remedy}\n${stack}`);
}
