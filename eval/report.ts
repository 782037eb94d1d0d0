/** An evaluation as a table for a terminal or a pull request. */
import type { Comparison, Evaluation } from "./evaluate.ts";
import { criterionNames } from "./rubric.ts";
import { sumOf } from "./statistics.ts";

/** Markdown, which is readable in a terminal. */
export function report({ judge, grades }: Evaluation): string {
    const compared = grades.filter((grade) => grade.comparison);
    const hasPictures = grades.some(({ picture }) => picture);
    return [
        table(
            [
                "Version",
                "Rules kept",
                ...criterionNames,
                ...(hasPictures ? ["picture"] : []),
                "Tokens in",
                "Tokens out",
            ],
            grades.map((grade) => [
                grade.name,
                `${grade.kept} of ${grade.asked}`,
                ...criterionNames.map((name) => grade.scores[name].toFixed(2)),
                ...(grade.picture ? [`${grade.picture.mean.toFixed(2)} of ${grade.picture.of}`] : []),
                grade.tokens.in.toLocaleString("en-US"),
                grade.tokens.out.toLocaleString("en-US"),
            ]),
        ),
        ...(compared.length > 0
            ? [
                  table(
                      [`Against ${grades[0]?.name}`, "Better", "Alike", "Worse", "Preference (99 %)", "Verdict"],
                      compared.flatMap(({ name, comparison, picture }) => [
                          comparisonRow(name, comparison),
                          ...(picture ? [comparisonRow(`${name}: pictures`, picture.comparison)] : []),
                      ]),
                  ),
              ]
            : []),
        `The judge told the story from its spoiled copy in ${percent(judge.share)} of ${sumOf(judge.of)} pairs ` +
            `(${Object.keys(judge.of)
                .map((kind) => `${kind} ${judge.right[kind]} of ${judge.of[kind]}`)
                .join(", ")}); ${judge.nonsense} of ${judge.asked} answers were nonsense.`,
        ...(judge.reliable ? [] : ["**The judge can't be believed, so its verdicts count for nothing.**"]),
        ...grades.flatMap(({ name, failures }) =>
            Object.entries(failures).map(([wish, why]) => `- ${name}, ${wish}: no story (${why})`),
        ),
    ].join("\n\n");
}

function comparisonRow(name: string, comparison: Comparison | undefined): string[] {
    if (!comparison) {
        return [name];
    }
    const { better, alike, worse, preference, verdict } = comparison;
    const [mean, low, high] = [preference.mean, preference.low, preference.high].map(signed);
    return [name, String(better), String(alike), String(worse), `${mean} (${low} to ${high})`, verdict];
}

function table(head: string[], rows: string[][]): string {
    const widths = head.map((name, at) => Math.max(3, name.length, ...rows.map((row) => row[at]?.length ?? 0)));
    const line = (cells: string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
    return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
