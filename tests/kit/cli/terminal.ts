import { spawn } from "node:child_process";

/** A terminal of Python's: what is written to the process goes to the terminal, and what the terminal shows comes back. */
const terminal = `
import os, pty, sys
# A terminal of no size has no room for a question.
status = pty.spawn(["sh", "-c", 'stty cols 120 rows 40 && exec "$@"', "sh", *sys.argv[1:]])
sys.exit(os.waitstatus_to_exitcode(status))
`;

/** What a person does at a terminal: types the next answer once the screen shows a question. */
export type Answers = readonly (readonly [question: RegExp, keys: string])[];

/** Runs a command at a terminal, with somebody who answers. */
export async function atTerminal(
    command: string[],
    { cwd, env, answers }: { cwd: string; env: NodeJS.ProcessEnv; answers: Answers },
): Promise<{ code: number; screen: string }> {
    const child = spawn("python3", ["-c", terminal, ...command], { cwd, env: { ...env, TERM: "xterm" } });
    let screen = "";
    let next = 0;
    for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (data) => {
            screen += data;
            const answer = answers[next];
            if (answer?.[0].test(screen)) {
                next += 1;
                child.stdin.write(answer[1]);
            }
        });
    }
    const code = await new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 137)));
    return { code, screen };
}
