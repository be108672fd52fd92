/* Growing buffers. */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

void *gen_allocate(size_t count, size_t size) {
    void *memory = calloc(count == 0 ? 1 : count, size);
    if (memory == NULL) {
        fprintf(stderr, "weir-gen: no memory for %zu x %zu bytes\n", count, size);
        exit(70);
    }
    return memory;
}

uint8_t *gen_buffer_room(struct gen_buffer *buffer, size_t more) {
    if (buffer->capacity - buffer->bytes < more) {
        size_t capacity = buffer->capacity * 2 + more + 64;
        uint8_t *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            fprintf(stderr, "weir-gen: no memory for %zu bytes\n", capacity);
            exit(70);
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->bytes;
}

void gen_buffer_add(struct gen_buffer *buffer, const void *data, size_t bytes) {
    if (bytes > 0) {
        memcpy(gen_buffer_room(buffer, bytes), data, bytes);
        buffer->bytes += bytes;
    }
}

void gen_buffer_free(struct gen_buffer *buffer) {
    free(buffer->data);
    *buffer = (struct gen_buffer){0};
}
