/** Keys of commands, wherever the focus is; a terminal that has it keeps every key, a text field those that type. */
import { useEffect, useRef } from "react";
import { type Command, keysOf } from "./commands.ts";

export function useCommandKeys(commands: () => readonly Command[]): void {
  const latest = useRef(commands);
  latest.current = commands;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement | null;
      if (event.defaultPrevented || target?.closest(".xterm, dialog") != null) return;
      const keys = keysOf(event);
      const types = target?.matches("input, textarea, select") === true;
      if (types && !/^(Ctrl\+)?(Shift\+)?F\d+$/.test(keys)) return;
      const command = latest.current().find((each) => each.keys === keys);
      if (command === undefined) return;
      event.preventDefault();
      if (command.enabled) command.act();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
