/** The WebGL 2 programs of the painter, and how they are made. */

/** One triangle over everything; nothing is read for it. */
const EVERYTHING = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
out vec4 colour;
`;

/** Everywhere but where a cell is exact. */
const UNDER = `
uniform sampler2D exact;
uniform vec2 step;
void covered() {
  if (texelFetch(exact, ivec2(gl_FragCoord.xy) >> 6, 0).r > 0.5) discard;
}`;

/** A picture that the browser has made red, green and blue. */
const COMPOSE = `${HEAD}${UNDER}
uniform sampler2D video;
void main() {
  covered();
  colour = vec4(texture(video, gl_FragCoord.xy * step).rgb, 1.0);
}`;

/** A picture as the decoder gives it: luma, and colour of half the size that lies in the middle of four pixels. */
const CONVERT = `${HEAD}${UNDER}
uniform sampler2D luma;
uniform sampler2D blue;
uniform sampler2D red;
uniform vec2 half_step;
uniform bool stretched;
uniform mat3 matrix;
uniform vec3 zero;
void main() {
  covered();
  vec2 at = gl_FragCoord.xy * half_step;
  float light = stretched ? texture(luma, gl_FragCoord.xy * step).r : texelFetch(luma, ivec2(gl_FragCoord.xy), 0).r;
  vec3 coded = vec3(light, texture(blue, at).r, texture(red, at).r);
  colour = vec4(clamp(matrix * (coded - zero), 0.0, 1.0), 1.0);
}`;

/** Fewer pixels along one axis; see \`kernel.ts\`. */
const SHRINK = `${HEAD}
uniform sampler2D picture;
uniform sampler2D weights;
uniform int taps;
uniform int limit;
uniform int flip;
uniform bool down;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  if (flip > 0) at.y = flip - 1 - at.y;
  int target = down ? at.y : at.x;
  int first = int(texelFetch(weights, ivec2(target, 0), 0).r);
  vec3 sum = vec3(0.0);
  for (int tap = 0; tap < taps; tap += 1) {
    int from = clamp(first + tap, 0, limit);
    vec3 pixel = texelFetch(picture, down ? ivec2(at.x, from) : ivec2(from, at.y), 0).rgb;
    sum += pixel * texelFetch(weights, ivec2(target, tap + 1), 0).r;
  }
  colour = vec4(clamp(sum, 0.0, 1.0), 1.0);
}`;

/** Any scale, quickly and not so well: the browser's own way. */
const ROUGH = `${HEAD}
uniform sampler2D picture;
uniform vec2 factor;
uniform int flip;
void main() {
  vec2 at = vec2(gl_FragCoord.x, float(flip) - gl_FragCoord.y) / factor;
  colour = vec4(texture(picture, at / vec2(textureSize(picture, 0))).rgb, 1.0);
}`;

/** More pixels: each is flat, but for one pixel of the screen at its edges. */
const ENLARGE = `${HEAD}
uniform sampler2D picture;
uniform vec2 factor;
uniform int flip;
void main() {
  vec2 size = vec2(textureSize(picture, 0));
  vec2 at = vec2(gl_FragCoord.x, float(flip) - gl_FragCoord.y) / factor;
  vec2 whole = floor(at);
  vec2 part = at - whole;
  vec2 edge = clamp(part * factor, 0.0, 0.5) + clamp((part - 1.0) * factor + 0.5, 0.0, 0.5);
  colour = vec4(texture(picture, (whole + edge) / size).rgb, 1.0);
}`;

/** A program with its uniforms by name. */
export interface Program {
  program: WebGLProgram;
  at: (name: string) => WebGLUniformLocation | null;
}

export type Programs = Record<'compose' | 'convert' | 'shrink' | 'rough' | 'enlarge', Program>;

/** Compiles all programs; throws where the driver does not take them. */
export function programs(gl: WebGL2RenderingContext): Programs {
  const vertex = shader(gl, gl.VERTEX_SHADER, EVERYTHING);
  const make = (source: string): Program => {
    const program = gl.createProgram();
    gl.attachShader(program, vertex);
    gl.attachShader(program, shader(gl, gl.FRAGMENT_SHADER, source));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      throw new Error(`a program was not linked: ${gl.getProgramInfoLog(program) ?? ''}`);
    }
    const known = new Map<string, WebGLUniformLocation | null>();
    const at = (name: string) => {
      const location = known.has(name) ? (known.get(name) ?? null) : gl.getUniformLocation(program, name);
      known.set(name, location);
      return location;
    };
    return { program, at };
  };
  return {
    compose: make(COMPOSE),
    convert: make(CONVERT),
    shrink: make(SHRINK),
    rough: make(ROUGH),
    enlarge: make(ENLARGE),
  };
}

function shader(gl: WebGL2RenderingContext, kind: number, source: string): WebGLShader {
  const made = gl.createShader(kind);
  if (!made) throw new Error('the context is lost');
  gl.shaderSource(made, source);
  gl.compileShader(made);
  return made;
}

/** A texture of this size and format whose pixels are fetched one by one, or smoothly. */
export function texture(gl: WebGL2RenderingContext, format: number, width: number, height: number, smooth = false) {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  if (width > 0) gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
  const filter = smooth ? gl.LINEAR : gl.NEAREST;
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return made;
}

/** A texture that can be drawn into. */
export interface Target {
  texture: WebGLTexture;
  frame: WebGLFramebuffer;
  width: number;
  height: number;
}

export function target(gl: WebGL2RenderingContext, width: number, height: number, smooth = false): Target {
  const made = texture(gl, gl.RGBA8, width, height, smooth);
  const frame = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, made, 0);
  gl.clearColor(0, 0, 0, 1);
  gl.disable(gl.SCISSOR_TEST);
  gl.clear(gl.COLOR_BUFFER_BIT);
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  return { texture: made, frame, width, height };
}

export function release(gl: WebGL2RenderingContext, old: Target | undefined): void {
  if (!old) return;
  gl.deleteFramebuffer(old.frame);
  gl.deleteTexture(old.texture);
}
