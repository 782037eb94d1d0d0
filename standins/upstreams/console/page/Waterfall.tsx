import { useState } from "react";
import type { SpanLine } from "../../traces.ts";
import { seconds } from "./seconds.ts";
import { Value } from "./Value.tsx";

/** A trace's spans on a timeline; a span can be opened to show its attributes. */
export function Waterfall({ spans }: { spans: readonly SpanLine[] }) {
    const [opened, open] = useState<string>();
    const begin = Math.min(...spans.map(({ start }) => Date.parse(start)));
    const end = Math.max(...spans.map(({ start, milliseconds }) => Date.parse(start) + milliseconds));
    const length = Math.max(1, end - begin);
    const share = (milliseconds: number) => Math.round((milliseconds / length) * 1_000) / 10;
    return (
        <ol className="waterfall">
            {inOrder(spans).map(({ span, depth }) => (
                <li key={span.span_id}>
                    <button
                        type="button"
                        aria-expanded={opened === span.span_id}
                        onClick={() => open(opened === span.span_id ? undefined : span.span_id)}
                    >
                        <span className="name" data-depth={Math.min(depth, 8)}>
                            {span.name} <small>{span.service}</small>
                        </span>
                        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                            <rect
                                x={share(Date.parse(span.start) - begin)}
                                width={Math.max(0.5, share(span.milliseconds))}
                                height="10"
                                className={span.is_failed ? "failed" : undefined}
                            />
                        </svg>
                        <span className="time">
                            {span.is_failed && "failed "}
                            {seconds(span.milliseconds)}
                        </span>
                    </button>
                    {opened === span.span_id && <Value value={span.attributes} />}
                </li>
            ))}
        </ol>
    );
}

/** Spans sorted by their start, each after its parent. */
function inOrder(spans: readonly SpanLine[]): { span: SpanLine; depth: number }[] {
    const known = new Set(spans.map(({ span_id }) => span_id));
    const parentOf = ({ parent_id }: SpanLine) => (parent_id && known.has(parent_id) ? parent_id : undefined);
    const walk = (id: string | undefined, depth: number): { span: SpanLine; depth: number }[] =>
        spans
            .filter((span) => parentOf(span) === id)
            .flatMap((span) => [{ span, depth }, ...walk(span.span_id, depth + 1)]);
    return walk(undefined, 0);
}
