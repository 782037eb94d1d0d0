import type { Call } from "../shapes.ts";
import { seconds } from "./seconds.ts";
import { Value } from "./Value.tsx";

/** Calls of upstreams with their requests and answers: prompts, answers, pictures' descriptions. */
export function Calls({ calls }: { calls: readonly Call[] }) {
    return (
        <>
            <h3>Calls of upstreams</h3>
            {calls.length === 0 && <p>None.</p>}
            <ul className="calls">
                {calls.map((call, at) => (
                    <li key={at}>
                        <details>
                            <summary>
                                <b>{call.upstream}</b> {call.method} {call.path}{" "}
                                <small>
                                    {call.status ?? "no answer yet"}
                                    {call.milliseconds !== undefined && ` · ${seconds(call.milliseconds)}`}
                                    {call.fault && ` · fault: ${call.fault}`}
                                </small>
                            </summary>
                            <h4>Asked</h4>
                            <Value value={call.request} />
                            {call.answer !== undefined && (
                                <>
                                    <h4>Answered</h4>
                                    <Value value={call.answer} />
                                </>
                            )}
                        </details>
                    </li>
                ))}
            </ul>
        </>
    );
}
