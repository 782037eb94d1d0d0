import { ministack } from "../background/emulator.ts";
import { gateway } from "../background/gateway.ts";
import { inOneLine, partsOf } from "../background/parts.ts";

/** Prints the health and address of a local cloud's parts to stdout. Returns whether all are healthy. */
export async function status(stateDir: string, asJson: boolean): Promise<boolean> {
    const parts = await partsOf(stateDir, [ministack, gateway]);
    const ok = parts.every(({ health }) => health === "healthy");
    console.log(asJson ? JSON.stringify({ ok, parts }, null, 2) : parts.map(inOneLine).join("\n"));
    return ok;
}
