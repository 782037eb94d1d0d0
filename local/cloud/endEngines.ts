/** Ends the engines that a killed command left; the argument is the local cloud's folder. */
import { endEngines } from "./leftEngines.ts";

const [stateDir = ""] = process.argv.slice(2);
await endEngines(stateDir);
