import { spawn } from "node:child_process";

/** A pseudo-terminal by Python: stdin goes to the terminal, and the terminal's output to stdout. */
const terminal = `
import os, pty, sys
# Without a size the terminal can't show a question.
status = pty.spawn(["sh", "-c", 'stty cols 120 rows 40 && exec "$@"', "sh", *sys.argv[1:]])
sys.exit(os.waitstatus_to_exitcode(status))
`;

/** The answers at a terminal: each is typed once the screen shows its question. */
export type Answers = readonly (readonly [question: RegExp, keys: string])[];

/** Runs a command at a terminal and answers its questions. */
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
