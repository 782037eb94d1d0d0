import type { ReactNode } from "react";

interface ChoiceProps {
    legend: string;
    name: string;
    options: { value: string; label: string; picture?: ReactNode }[];
    /** The initial option. Default: the first one. */
    initial: string | undefined;
}

/** A choice of one among a few visible options. */
export function Choice({ legend, name, options, initial }: ChoiceProps) {
    const chosen = options.some(({ value }) => value === initial) ? initial : options[0]?.value;
    return (
        <fieldset className="choice">
            <legend>{legend}</legend>
            {options.map(({ value, label, picture }) => (
                <label key={value} className="chip">
                    <input type="radio" name={name} value={value} defaultChecked={value === chosen} />
                    {picture}
                    <span>{label}</span>
                </label>
            ))}
        </fieldset>
    );
}
