const lastPort = 65_535;

/** Why no request can go to a URL, to be said behind it; `undefined` when one can. */
export function urlProblem(url: string): string | undefined {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return undefined;
  return portProblem(url) ?? 'is not a URL that begins with http:// or https://';
}

/** Whether its port is why, to be said behind it. */
export function portProblem(url: string): string | undefined {
  const [, port] = /^https?:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(url) ?? [];
  return Number(port) > lastPort ? `has the port ${port}, and ports end at ${lastPort}` : undefined;
}
