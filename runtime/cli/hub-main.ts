/** The entry of `mindos hub` alone: what runs for months is a bundle of its own, which holds nothing of the other commands. */
import { command } from "./commands/hub.js";
import { runProgram } from "./program.js";

const { name, summary } = command;
void runProgram([{ name, summary, load: async () => ({ command }) }]);
