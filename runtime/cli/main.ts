/** The entry of the whole program. */
import { commands } from "./commands.gen.js";
import { runProgram } from "./program.js";

void runProgram(commands);
