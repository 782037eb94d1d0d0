import { useCallback, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import type { Detail, State, Summary } from "../shapes.ts";
import { Calls } from "./Calls.tsx";
import { seconds } from "./seconds.ts";
import { Waterfall } from "./Waterfall.tsx";
import "./page.css";

const POLL_MS = 1_000;

/** Polls a path while the page is visible; `undefined` until there is an answer. */
function usePolled<Answer>(path: string | undefined): [Answer | undefined, (answer: Answer) => void, boolean] {
    const [answer, setAnswer] = useState<Answer>();
    const [isLost, setLost] = useState(false);
    useEffect(() => {
        setAnswer(undefined);
        if (path === undefined) {
            return;
        }
        const ended = new AbortController();
        const ask = async () => {
            try {
                const response = await fetch(path, { signal: ended.signal });
                setLost(false);
                setAnswer(response.ok ? await response.json() : undefined);
            } catch {
                setLost(!ended.signal.aborted);
            }
        };
        void ask();
        const timer = setInterval(() => document.hidden || void ask(), POLL_MS);
        return () => {
            clearInterval(timer);
            ended.abort();
        };
    }, [path]);
    return [answer, setAnswer, isLost];
}

function Console() {
    const [state, setState, isLost] = usePolled<State>("state");
    const [chosen, choose] = useState<string>();
    const [detail] = usePolled<Detail>(chosen && `request?id=${encodeURIComponent(chosen)}`);
    const turn = useCallback(
        async (id: string, on: boolean) => {
            const response = await fetch("switch", { method: "POST", body: JSON.stringify({ id, on }) });
            if (response.ok) {
                setState(await response.json());
            }
        },
        [setState],
    );
    return (
        <>
            <header>
                <h1>Story-42 console</h1>
                {isLost && <p role="alert">The local cloud does not answer.</p>}
            </header>
            <main>
                <section aria-labelledby="requests">
                    <h2 id="requests">Requests</h2>
                    {state?.requests.length === 0 && <p>Nothing was asked yet. Use the site, and it shows here.</p>}
                    {state && !state.hasTraces && state.requests.length > 0 && (
                        <p>Nothing sends traces, so these are single calls of upstreams.</p>
                    )}
                    <ol className="requests">
                        {state?.requests.map((one) => (
                            <li key={one.id}>
                                <button type="button" aria-pressed={one.id === chosen} onClick={() => choose(one.id)}>
                                    <Request {...one} />
                                </button>
                            </li>
                        ))}
                    </ol>
                </section>
                <section aria-labelledby="detail" className="detail">
                    <h2 id="detail">{chosen ? "What it led to" : "Choose a request"}</h2>
                    {detail && (
                        <>
                            {detail.spans.length > 0 && <Waterfall spans={detail.spans} />}
                            <Calls calls={detail.calls} />
                            {detail.logs.length > 0 && (
                                <>
                                    <h3>Logs</h3>
                                    <ul className="logs">
                                        {detail.logs.map(({ part, text }, at) => (
                                            <li key={at}>
                                                <b>{part}</b> {text}
                                            </li>
                                        ))}
                                    </ul>
                                </>
                            )}
                        </>
                    )}
                </section>
                <section aria-labelledby="faults">
                    <h2 id="faults">Faults</h2>
                    <ul className="switches">
                        {state?.switches.map(({ id, label, isOn }) => (
                            <li key={id}>
                                <label>
                                    <input
                                        type="checkbox"
                                        checked={isOn}
                                        onChange={(event) => void turn(id, event.target.checked)}
                                    />
                                    {label}
                                </label>
                            </li>
                        ))}
                    </ul>
                </section>
            </main>
        </>
    );
}

const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumSignificantDigits: 3 });

function Request({ name, service, start, milliseconds, isFailed, calls, tokens, cost }: Summary) {
    const facts = [
        service,
        milliseconds === undefined ? "waiting" : seconds(milliseconds),
        calls > 1 && `${calls} calls`,
        tokens && `${tokens.in + tokens.out} tokens`,
        cost && `${dollars.format(cost.usd)}${cost.unknown > 0 ? ` and ${cost.unknown} of unknown cost` : ""}`,
    ].filter(Boolean);
    return (
        <>
            <time dateTime={start}>{new Date(start).toLocaleTimeString("en-GB")}</time>
            <b className={isFailed ? "failed" : undefined}>{name}</b>
            <small>
                {isFailed && "failed · "}
                {facts.join(" · ")}
            </small>
        </>
    );
}

createRoot(document.getElementById("console") as HTMLElement).render(<Console />);
